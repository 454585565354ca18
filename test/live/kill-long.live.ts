/** Something is killed at one write after the other, two hundred times; `ISTHMUS_SEED=n` tells the same story again. */
import { describeLongSync } from "../sync/kill-long.ts";

const { ISTHMUS_SEED: seed } = process.env;

describeLongSync({
  seed: seed === undefined ? undefined : Number(seed),
  kills: 200,
  farthest: 1,
  elsewhere: 0.02,
  outlastsPatience: true,
  timeout: 1_800_000,
});
