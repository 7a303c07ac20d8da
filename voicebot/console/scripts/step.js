// Listening to a call, and talking with its caller in the bot's place. Everything else of the panel works without script.
"use strict";

(() => {
  const root = document.querySelector("#step[data-panel]");
  if (!root) return;
  const part = (name) => root.querySelector(name);
  const hears = Boolean(window.AudioWorkletNode && window.WebSocket);
  let socket = null, context = null, node = null, microphone = null, wanted = "", tries = 0, mayTalk = false;

  const ENDS = {
    4404: "The call is on another machine: its sound cannot be heard from here. Take it over by telephone instead.",
    4408: "No sound comes from your microphone, so the bot goes on. Check the microphone and take over again.",
  };

  const say = (text) => { if (part(".sound [role=status]")) part(".sound [role=status]").textContent = text; };
  const stop = () => {
    wanted = "";
    if (socket) socket.close();
    if (microphone) microphone.getTracks().forEach((track) => track.stop());
    if (context) context.close();
    socket = context = node = microphone = null;
    mayTalk = false;
    show();
  };
  const show = () => {
    const controls = part(".sound"), listen = part("[data-listen]"), talk = part("[data-talk]");
    if (!controls || !hears) return;
    controls.hidden = false;
    if (listen) listen.textContent = wanted === "listen" ? "Stop listening" : "Listen";
    if (listen) listen.setAttribute("aria-pressed", String(wanted === "listen"));
    if (talk) talk.setAttribute("aria-pressed", String(wanted === "talk"));
    if (talk) talk.hidden = wanted === "talk";
  };

  async function device() {
    context = new AudioContext();
    await context.audioWorklet.addModule(root.dataset.sound);
    node = new AudioWorkletNode(context, "call-sound", { outputChannelCount: [1] });
    node.connect(context.destination);
    node.port.onmessage = ({ data }) => {
      // Nothing leaves before the call has been taken over.
      if (mayTalk && socket && socket.readyState === WebSocket.OPEN) socket.send(data);
    };
    await context.resume();
  }

  async function begin(how) {
    if (wanted) stop();
    wanted = how;
    tries = 0;
    show();
    try {
      say(how === "talk" ? "Taking over…" : "Connecting…");
      await device();
      if (how === "talk") {
        microphone = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
        context.createMediaStreamSource(microphone).connect(node);
      }
      await connect();
    } catch (error) {
      stop();
      say(error.name === "NotAllowedError" ? "The browser may not use the microphone: allow it and try again." : error.message);
    }
  }

  async function connect() {
    const how = wanted, body = new URLSearchParams({ form_token: root.dataset.token, talks: how === "talk" ? "1" : "0" });
    const answer = await fetch(root.dataset.open, { method: "POST", body });
    const opened = await answer.json().catch(() => ({ message: "Sign in again." }));
    if (!answer.ok) throw new Error(opened.message);
    if (wanted !== how) return;
    const place = new URL(opened.socket, location.href);
    place.protocol = place.protocol.replace("http", "ws");
    socket = new WebSocket(place);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify({ token: opened.token }));
    socket.onmessage = ({ data }) => (typeof data === "string" ? told(JSON.parse(data).state) : node && node.port.postMessage(data, [data]));
    socket.onclose = ({ code }) => closed(how, code);
  }

  function told(state) {
    const could = mayTalk;
    mayTalk = state === "talking";
    tries = 0;
    say(mayTalk ? "You talk with the caller." : state === "over" ? "" : "You hear the call; nobody hears you.");
    if (could !== mayTalk && state !== "over") root.dispatchEvent(new CustomEvent("step-changed", { bubbles: true }));
  }

  function closed(how, code) {
    mayTalk = false;
    if (wanted !== how) return;
    tries += 1;
    if (code === 4401 || code === 1008 || code === 4404 || code === 4408 || tries > 4) {
      stop();
      say(ENDS[code] || "The connection has ended.");
      return;
    }
    say("Connecting again…");
    setTimeout(() => { if (wanted === how) connect().catch((error) => { stop(); say(error.message); }); }, 300 * tries);
  }

  root.addEventListener("click", ({ target }) => {
    if (target.closest("[data-listen]")) wanted === "listen" ? (stop(), say("")) : begin("listen");
    if (target.closest("[data-talk]")) begin("talk");
  });

  // --- the panel follows the call; what somebody types into it stays -------------------------------

  const mark = () => document.querySelector("[data-stepped]")?.dataset.stepped;
  let shown = mark(), asks = false;

  async function follow() {
    if (asks || mark() === shown) return;
    asks = true;
    const now = mark();
    const answer = await fetch(root.dataset.panel).catch(() => null);
    asks = false;
    if (!answer || !answer.ok || answer.redirected) return;
    const page = document.createElement("template");
    page.innerHTML = await answer.text();
    const made = page.content.querySelector("#step");
    if (!made) return;
    shown = now;
    document.dispatchEvent(new CustomEvent("patch", { detail: { old: root, made } }));
    show();
    follow();
  }

  document.addEventListener("live", follow);
  // Giving back is a form like any other; its answer leads to this page again, without a way up.
  show();
})();
