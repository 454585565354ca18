/**
 * Something is killed at one write after the other; `ISTHMUS_SEED=n` tells the same story again, `ISTHMUS_KILLS=n` a longer
 * one.
 */
import { describeLongSync } from "../sync/kill-long.ts";

const { ISTHMUS_SEED: seed, ISTHMUS_KILLS: kills } = process.env;

describeLongSync({
  seed: seed === undefined ? undefined : Number(seed),
  kills: kills === undefined ? 50 : Number(kills),
  farthest: 1,
  elsewhere: 0.02,
  outlastsPatience: true,
  timeout: 1_800_000,
});
