// What a bundle has of others, by esbuild's metafile: their licences, and a bill of materials. The same bytes for the same input.
import { readdirSync, readFileSync } from 'node:fs';
import { Contrib, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import parseLicence from 'spdx-expression-parse';

/** A module that a plugin made up in the place of another one counts as a part of that one's package. */
const PACKAGE_FOLDER = /(?:^|\/)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//;
const OURS = '.';

/** The text of every licence, after the name of what it is for. */
export function licencesOf({ inputs }) {
  const notices = foldersOf(inputs).map((folder) => {
    const { name, version, license } = manifestOf(folder);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} ${version} is bundled and has no licence file`);
    return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
  });
  return notices.join(`\n${'-'.repeat(80)}\n\n`);
}

/** A CycloneDX bill of materials, as JSON: the bundle, the packages in it, and which of them uses which. https://cyclonedx.org/docs/1.6/json/ */
export function billOfMaterials({ inputs }, file) {
  const components = new Map(foldersOf(inputs).map((folder) => [folder, componentOf(manifestOf(folder))]));
  const bundle = componentOf(manifestOf(OURS), file);
  for (const [path, { imports }] of Object.entries(inputs)) {
    const from = components.get(folderOf(path)) ?? bundle;
    for (const { path: imported } of imports) {
      const to = components.get(folderOf(imported));
      if (to !== undefined && to !== from) from.dependencies.add(to.bomRef);
    }
  }
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: bundle }),
    components: new Models.ComponentRepository(components.values()),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

const licences = new Contrib.License.Factories.LicenseFactory(parseLicence);
const references = new Contrib.FromNodePackageJson.Factories.ExternalReferenceFactory();
const components = new Contrib.FromNodePackageJson.Builders.ComponentBuilder(references, licences);

function componentOf(manifest, file) {
  const component = components.makeComponent(manifest);
  const [scope, name] = manifest.name.startsWith('@') ? manifest.name.split('/') : [undefined, manifest.name];
  component.purl = new PackageURL('npm', scope, name, manifest.version, undefined, file).toString();
  component.bomRef.value = component.purl;
  return component;
}

function foldersOf(inputs) {
  return [...new Set(Object.keys(inputs).flatMap((path) => folderOf(path) ?? []))].sort();
}

function folderOf(path) {
  return PACKAGE_FOLDER.exec(path)?.[1];
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
}
