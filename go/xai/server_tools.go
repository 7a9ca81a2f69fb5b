package xai

import "github.com/protoalign/protoalign/go/services"

// WebSearch lets the model search the web; search may be nil. What it leaves out is the server's choice; the official
// client says false of what is enabled.
func WebSearch(search *services.WebSearch) Tool {
	return Tool{Proto: &services.Tool{Tool: &services.Tool_WebSearch{WebSearch: clone(search)}}}
}

// XSearch lets the model search posts on X; search may be nil. What it leaves out is the server's choice; the official
// client says false of what is enabled.
func XSearch(search *services.XSearch) Tool {
	return Tool{Proto: &services.Tool{Tool: &services.Tool_XSearch{XSearch: clone(search)}}}
}

// CodeExecution lets the model run code on the server.
func CodeExecution() Tool {
	return Tool{Proto: &services.Tool{Tool: &services.Tool_CodeExecution{CodeExecution: &services.CodeExecution{}}}}
}

// CollectionsSearch lets the model search your collections of documents. The limit is how many results it gets at most;
// zero leaves that to the server.
func CollectionsSearch(limit int32, collectionIDs ...string) Tool {
	search := &services.CollectionsSearch{CollectionIds: collectionIDs}
	if limit != 0 {
		search.Limit = &limit
	}
	return Tool{Proto: &services.Tool{Tool: &services.Tool_CollectionsSearch{CollectionsSearch: search}}}
}

// DocumentSearch lets the model search the files of the conversation. The limit is how many results it gets at most; zero
// leaves that to the server.
func DocumentSearch(limit int32) Tool {
	search := &services.DocumentSearch{}
	if limit != 0 {
		search.Limit = &limit
	}
	return Tool{Proto: &services.Tool{Tool: &services.Tool_DocumentSearch{DocumentSearch: search}}}
}

// MCP lets the model use the tools of an MCP server, which the API calls.
func MCP(server *services.MCP) Tool {
	return Tool{Proto: &services.Tool{Tool: &services.Tool_Mcp{Mcp: clone(server)}}}
}
