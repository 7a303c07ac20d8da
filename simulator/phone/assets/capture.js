// Runs beside the page, in the browser's audio thread: hands over what the microphone picks up.

class Capture extends AudioWorkletProcessor {
  process([[channel]]) {
    if (channel) this.port.postMessage(channel.slice());
    return true;
  }
}

registerProcessor("capture", Capture);
