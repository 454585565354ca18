import { describeLongSync } from "./kill-long.ts";

const { ISTHMUS_SEED: seed } = process.env;

describeLongSync({
  seed: seed === undefined ? undefined : Number(seed),
  kills: 12,
  farthest: 30,
  elsewhere: 0.15,
  outlastsPatience: false,
  timeout: 240_000,
});
