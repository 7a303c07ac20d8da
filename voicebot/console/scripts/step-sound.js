// The sound of a call in a browser: frames of 20 ms mu-law at 8 kHz, at the rate of this device.
// Comes in: the caller's 160 bytes, then those of whoever talks with the caller. Goes out: the microphone's, once the way is open.
"use strict";

const RATE = 8000, FRAME = 160, AHEAD = 480, MOST = 4000;

const DECODED = Float32Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff, exponent = (code >> 4) & 7, mantissa = code & 15;
  const size = ((mantissa * 8 + 132) << exponent) - 132;
  return (code & 0x80 ? -size : size) / 32768;
});

function encoded(value) {
  let size = Math.round(Math.max(-1, Math.min(1, value)) * 32767);
  const sign = size < 0 ? 0x80 : 0;
  size = Math.min(32635, Math.abs(size)) + 132;
  let exponent = 7;
  for (let bit = 0x4000; exponent > 0 && !(size & bit); bit >>= 1) exponent -= 1;
  return ~(sign | (exponent << 4) | ((size >> (exponent + 3)) & 15)) & 0xff;
}

class CallSound extends AudioWorkletProcessor {
  constructor() {
    super();
    this.heard = [];
    this.at = 0;
    this.playing = false;
    this.frame = new Uint8Array(FRAME);
    this.filled = 0;
    this.sum = 0;
    this.count = 0;
    this.phase = 0;
    this.port.onmessage = ({ data }) => {
      const bytes = new Uint8Array(data);
      for (let i = 0; i < FRAME; i += 1) this.heard.push((DECODED[bytes[i]] + DECODED[bytes[FRAME + i]]) * 0.7);
      // What a network has held back is not played late.
      if (this.heard.length > MOST) this.heard.splice(0, this.heard.length - AHEAD);
      if (this.heard.length > AHEAD) this.playing = true;
    };
  }

  process(inputs, outputs) {
    this.play(outputs[0][0]);
    if (inputs[0] && inputs[0][0]) this.take(inputs[0][0]);
    return true;
  }

  play(out) {
    const step = RATE / sampleRate;
    for (let i = 0; i < out.length; i += 1) {
      if (!this.playing || this.heard.length < 2) {
        this.playing = this.playing && this.heard.length >= 2;
        out[i] = 0;
        continue;
      }
      out[i] = this.heard[0] + (this.heard[1] - this.heard[0]) * this.at;
      this.at += step;
      while (this.at >= 1) {
        this.at -= 1;
        this.heard.shift();
      }
    }
  }

  take(input) {
    // The mean of what falls into one sample is filter enough for a telephone.
    const step = RATE / sampleRate;
    for (const value of input) {
      this.sum += value;
      this.count += 1;
      this.phase += step;
      if (this.phase < 1) continue;
      this.phase -= 1;
      this.frame[this.filled] = encoded(this.sum / this.count);
      this.filled += 1;
      this.sum = 0;
      this.count = 0;
      if (this.filled === FRAME) {
        this.port.postMessage(this.frame.slice().buffer);
        this.filled = 0;
      }
    }
  }
}

registerProcessor("call-sound", CallSound);
