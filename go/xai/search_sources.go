package xai

import "github.com/protoalign/protoalign/go/services"

// WebSource searches the web; source may be nil. The official client sets SafeSearch by itself.
func WebSource(source *services.WebSource) *services.Source {
	return &services.Source{Source: &services.Source_Web{Web: clone(source)}}
}

// NewsSource searches the news; source may be nil. The official client sets SafeSearch by itself.
func NewsSource(source *services.NewsSource) *services.Source {
	return &services.Source{Source: &services.Source_News{News: clone(source)}}
}

// XSource searches posts on X; source may be nil.
func XSource(source *services.XSource) *services.Source {
	return &services.Source{Source: &services.Source_X{X: clone(source)}}
}

// RSSSource searches feeds, by their URLs.
func RSSSource(links ...string) *services.Source {
	return &services.Source{Source: &services.Source_Rss{Rss: &services.RssSource{Links: links}}}
}
