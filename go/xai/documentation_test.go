package xai_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Everything that is exported has a doc comment: names of the packages, methods, fields of types.
func TestEverythingExportedIsDocumented(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".", "../services"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			checkDocumentation(t, folder)
		})
	}
}

func checkDocumentation(t *testing.T, folder string) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	files := token.NewFileSet()
	var all []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, file)
	}
	documented, err := doc.NewFromFiles(files, all, "example.com/xai")
	if err != nil {
		t.Fatal(err)
	}
	said := func(name, comment string) {
		if strings.TrimSpace(comment) == "" {
			t.Errorf("%s has no doc comment", name)
		}
	}
	said("the package", documented.Doc)
	for _, value := range append(documented.Vars, documented.Consts...) {
		said(value.Names[0], value.Doc)
	}
	for _, function := range documented.Funcs {
		said(function.Name, function.Doc)
	}
	for _, kind := range documented.Types {
		said(kind.Name, kind.Doc)
		for _, function := range append(kind.Funcs, kind.Methods...) {
			said(kind.Name+"."+function.Name, function.Doc)
		}
		ast.Inspect(kind.Decl, func(node ast.Node) bool {
			if field, ok := node.(*ast.Field); ok {
				for _, name := range field.Names {
					// Fields that stand together may share a comment above the first.
					if name.IsExported() {
						said(kind.Name+"."+name.Name, field.Doc.Text()+field.Comment.Text())
					}
				}
			}
			return true
		})
	}
}
