// Prints what `kubectl kustomize --load-restrictor LoadRestrictionsNone <folder>` does, by the same code.
package main

import (
	"log"
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	log.SetFlags(0)
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone
	resources, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	printed, err := resources.AsYaml()
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(printed)
}
