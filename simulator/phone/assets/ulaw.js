// Mu-law at 8 kHz (ITU-T G.711), which is what a telephone line carries, from and to the numbers of a browser. Pure.

const BIAS = 0x84;
const CLIP = 32635;
const LOUDEST = 32768;

const TABLE = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const size = ((((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 7)) - BIAS;
  return (bits & 0x80 ? -size : size) / LOUDEST;
});

/** Samples between -1 and 1. */
export function fromUlaw(ulaw) {
  return Float32Array.from(ulaw, (code) => TABLE[code]);
}

/** Blocks of samples between -1 and 1 as one row of mu-law. */
export function toUlaw(blocks) {
  return Uint8Array.from(blocks.flatMap((block) => [...block]), code);
}

function code(sample) {
  const value = Math.round(Math.max(-1, Math.min(1, sample)) * (LOUDEST - 1));
  const size = Math.min(Math.abs(value), CLIP) + BIAS;
  const exponent = 31 - Math.clz32(size) - 7;
  const bits = (value < 0 ? 0x80 : 0) | (exponent << 4) | ((size >> (exponent + 3)) & 0x0f);
  return ~bits & 0xff;
}
