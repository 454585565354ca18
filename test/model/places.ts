/** What the other client does with collections as such. */
import type { Scene } from "./scene.ts";
import { nameOf, type Place, type PlaceStep } from "./story.ts";
import { otherClient } from "./trouble.ts";

export async function placeStep(scene: Scene, step: PlaceStep): Promise<void> {
  const { server, truth } = scene;
  const isThere = (await server.places()).some(({ place }) => place === step.place);
  if (isThere === (step.kind === "place-make")) return;
  switch (step.kind) {
    case "place-make":
      await server.makePlace(step.place, step.component);
      scene.places = [...scene.places, { place: step.place, components: [step.component] }];
      return;
    case "place-rename": {
      const name = `${nameOf(step.place)} ${step.more}`;
      await server.renamePlace(step.place, name);
      scene.renamed.set(step.place, name);
      return;
    }
    case "place-drop": {
      scene.hasDropped = true;
      const held = await itemsIn(scene, step.place);
      await server.dropPlace(step.place);
      for (const { name, state } of held) {
        truth.wrote(name, state, undefined);
        for (const phone of scene.phones) phone.markStale(name);
      }
      scene.places = scene.places.filter(({ place }) => place !== step.place);
      return;
    }
    case "place-empty":
      for (const { name } of await itemsIn(scene, step.place))
        await otherClient(scene, { kind: "dav-remove", item: name });
      scene.isInDoubt = true;
      return;
    case "place-fill":
      for (const item of step.items) await otherClient(scene, { kind: "dav-add", item, fields: {}, place: step.place });
  }
}

async function itemsIn({ server, stored }: Scene, place: Place) {
  return (await server.list()).filter((resource) => resource.place === place).map((resource) => stored(resource));
}
