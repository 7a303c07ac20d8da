// Listening to a call, and talking with its caller in the bot's place. Everything else of the panel works without script.
"use strict";

(() => {
  const root = document.querySelector("#step[data-panel]");
  if (!root) return;
  const part = (name) => root.querySelector(name);
  const WAITS_MS = 10000, AGAIN_MS = 1000;
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
    closeMicrophone();
    if (context) context.close();
    socket = context = node = null;
    mayTalk = false;
    show();
  };
  const closeMicrophone = () => {
    if (microphone) microphone.getTracks().forEach((track) => track.stop());
    microphone = null;
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
    const mine = new WebSocket(place);
    socket = mine;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify({ token: opened.token }));
    socket.onmessage = ({ data }) => (typeof data === "string" ? told(JSON.parse(data).state) : node && node.port.postMessage(data, [data]));
    socket.onclose = ({ code }) => socket === mine && closed(code);
  }

  function told(state) {
    const talked = mayTalk;
    mayTalk = state === "talking";
    tries = 0;
    // The bot has the call back: it is heard on, and the microphone is closed.
    if (talked && state === "listening") { wanted = "listen"; closeMicrophone(); show(); }
    say(mayTalk ? "You talk with the caller." : state === "over" ? "" : "You hear the call; nobody hears you.");
  }

  function closed(code) {
    const how = wanted;
    mayTalk = false;
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
  let shown = root.dataset.mark, asks = false, again = 0;

  async function follow() {
    if (asks || mark() === shown) return;
    asks = true;
    clearTimeout(again);
    const now = mark();
    const made = await panel().catch(() => null);
    asks = false;
    // Nobody waits for the next word of the call to see what can be asked of it.
    if (!made) { again = setTimeout(follow, AGAIN_MS); return; }
    shown = now;
    const was = root.contains(document.activeElement);
    document.dispatchEvent(new CustomEvent("patch", { detail: { old: root, made } }));
    show();
    // What had the focus can be gone; keys go on from here.
    if (was && !root.contains(document.activeElement)) (part(".acts button") || root).focus();
    follow();
  }

  async function panel() {
    const answer = await fetch(root.dataset.panel, { signal: AbortSignal.timeout(WAITS_MS) });
    return answer.ok && !answer.redirected ? within(await answer.text(), "#step") : null;
  }

  function within(html, name) {
    const page = document.createElement("template");
    page.innerHTML = html;
    return page.content.querySelector(name);
  }

  // --- what is asked of the call leaves without leaving the page: whoever hears the call goes on hearing it ---

  const sending = new WeakSet();
  const tell = (text) => { if (part("[role=alert]")) part("[role=alert]").textContent = text; };

  const newKey = () => [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join("");

  async function send(form) {
    if (sending.has(form)) return;
    sending.add(form);
    tell("");
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(WAITS_MS) });
      if (answer.type === "opaqueredirect") {
        form.reset();
        // What is asked next is asked anew, also in the same words; without an answer it stays what it was.
        form.elements.request_key.value = newKey();
        shown = "";
        follow();
      } else {
        tell(within(await answer.text(), "main p")?.textContent || "That did not work: try it again.");
      }
    } catch {
      tell("There was no answer. Look below whether it was done before you try it again.");
    }
    sending.delete(form);
  }

  root.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target);
  });
  document.addEventListener("live", follow);
  show();
})();
