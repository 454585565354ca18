import { randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newText } from "./dav-text.ts";
import { type ItemState, readStored } from "./item-state.ts";
import { openLocalStage } from "./local-stage.ts";
import type { Scenery } from "./scene.ts";
import type { Resource } from "./server.ts";
import { tellStories, whyItFails } from "./stories.ts";
import type { Name, Story } from "./story.ts";
import { tell } from "./telling.ts";
import { createTruth, type Edit } from "./truth.ts";

const telling = { length: 60, nodes: 2, canFreeze: true, hasClock: true, server: "memory" as const };
const open = (scenery: Scenery) => openLocalStage(scenery, { nodes: telling.nodes });

/** Some stories of `npm run model`: short, in this process, on two nodes that share a store in memory. */
describe("two phones and another client, in stories of fixed seeds", () => {
  it.each([1, 2, 3])("agree at the end of seed %i", async (seed) => {
    const { failed } = await tellStories({ seed, steps: 180, telling, open });
    expect(failed && `${failed.why}\n(npm run model -- --steps 180 --seed ${seed})`).toBeUndefined();
  });
});

const fresh = randomInt(2 ** 31);
describe(`two phones and another client, in stories of a fresh seed (${fresh})`, () => {
  it("agree in the end", async () => {
    const { failed } = await tellStories({ seed: fresh, steps: 180, telling, open });
    expect(failed && `${failed.why}\n(npm run model -- --steps 180 --seed ${fresh})`).toBeUndefined();
  });
});

describe("the telling", () => {
  it("tells the same story for the same seed, and it survives a file", () => {
    const story = tell(7, telling);
    expect(tell(7, telling)).toEqual(story);
    expect(JSON.parse(JSON.stringify(story))).toEqual(story);
  });

  it("notices what a server loses", async () => {
    const story = tell(3, { ...telling, length: 12 });
    const why = await whyItFails(story, async (scenery) => {
      const stage = await open(scenery);
      // A server that forgets the last of its items.
      const list: typeof stage.server.list = async () => (await stage.server.list()).slice(0, -1);
      return { ...stage, server: { ...stage.server, list } };
    });
    expect(why).toMatch(/on the server: it is not there, and should be/);
  });

  it("notices what is sent twice", async () => {
    const steps: Story["steps"] = [
      { kind: "send", who: 0, item: "m0x0", how: "send", saved: true, isNamed: false },
      { kind: "send", who: 1, item: "m1x1", how: "send", saved: true, isNamed: false },
    ];
    const story: Story = { ...tell(3, { ...telling, mail: true }), steps };
    expect(await whyItFails(story, open)).toBeUndefined();
    const why = await whyItFails(story, async (scenery) => {
      const stage = await open(scenery);
      const taken = (item: Name) => (item === "m1x1" ? 2 : 1);
      return { ...stage, mail: stage.mail && { ...stage.mail, taken } };
    });
    expect(why).toMatch(/m1x1 was sent 2 times/);
  });

  it("notices what is not kept in Sent", async () => {
    const story: Story = {
      ...tell(3, { ...telling, mail: true }),
      mail: { savesSent: false },
      steps: [{ kind: "send", who: 0, item: "m0x0", how: "send", saved: true, isNamed: false }],
    };
    const why = await whyItFails(story, async (scenery) => {
      const stage = await open(scenery);
      const isCopy = ({ href }: Resource) => href.startsWith("Sent/");
      const list: typeof stage.server.list = async () => (await stage.server.list()).filter((one) => !isCopy(one));
      return { ...stage, server: { ...stage.server, list } };
    });
    expect(why).toMatch(/m0x0 on the server: it is not there, and should be/);
  });
});

describe("what may be", () => {
  const stored = (fields: Readonly<Record<string, string>>): ItemState =>
    readStored({ className: "Contacts", place: "contacts", text: newText("c1", "uid-1", fields) }).state;
  const edit = (id: number, field: string, value: string): Edit => ({
    id,
    item: "c1",
    what: `edit ${id}`,
    apply: (state) => state && { ...state, fields: { ...state.fields, [field]: value } },
    recreates: false,
  });

  function begun() {
    const truth = createTruth();
    truth.wrote("c1", undefined, stored({}));
    return truth;
  }

  it("is either, while an answer is lost, and what was seen from then on", () => {
    const truth = begun();
    truth.sent(edit(1, "city", "Berlin"));
    expect(truth.look("c1", stored({}))).toBeUndefined();
    expect(truth.look("c1", stored({ city: "Berlin" }))).toBeUndefined();
    expect(truth.look("c1", stored({}))).toMatch(/city is "" instead of "Berlin"/);
  });

  it("is made once it was answered, and not made once it was refused", () => {
    const made = begun();
    made.sent(edit(1, "city", "Berlin"));
    made.made(edit(1, "city", "Berlin"));
    expect(made.look("c1", stored({}))).toMatch(/city/);
    const refused = begun();
    refused.sent(edit(1, "city", "Berlin"));
    refused.refused(edit(1, "city", "Berlin"), false);
    expect(refused.look("c1", stored({ city: "Berlin" }))).toMatch(/city/);
  });

  it("keeps what another client wrote while an edit was on its way, whoever came first", () => {
    const truth = begun();
    truth.sent(edit(1, "city", "Berlin"));
    truth.wrote("c1", stored({}), stored({ job: "Engineer" }));
    expect(truth.look("c1", stored({ city: "Berlin" }))).toMatch(/job/);
    expect(truth.look("c1", stored({ city: "Berlin", job: "Engineer" }))).toBeUndefined();
  });
});
