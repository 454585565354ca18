import { describeLongSync } from "./kill-long.ts";

const { ISTHMUS_SEED: seed } = process.env;

describeLongSync({
  seed: seed === undefined ? undefined : Number(seed),
  kills: 9,
  farthest: 40,
  elsewhere: 0.15,
  outlastsPatience: false,
  timeout: 240_000,
});
