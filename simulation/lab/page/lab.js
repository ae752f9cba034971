"use strict";
// How do the parts of the page work together? What is pressed becomes messages; messages and frames become pictures.
window.Lab = window.Lab || {};

(function (Lab) {
  const $ = (id) => document.getElementById(id);
  Lab.calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const page = { hello: null, state: null, worlds: [], networks: [], charts: [], source: null, chosen: { slot: -1, world: 0 },
    toAcknowledge: 0, chartsDue: 0, chartsDirty: false, statusDue: 0, playing: false };
  Lab.page = page; // for tests

  const send = (message) => page.source.send(message);

  // --- what comes in ---

  const told = {
    message(message) {
      const does = { hello: gotHello, state: gotState, person: gotPerson, file: gotFile, error: (m) => say(m.text), note: (m) => say(m.text) };
      (does[message.is] || (() => {}))(message);
    },
    frame(buffer, passing) {
      const frame = Lab.readFrame(buffer), world = page.worlds[frame.world];
      world.apply(frame, performance.now());
      if (!passing) {
        page.networks[frame.world].changed(frame.whole);
        page.chartsDirty = true;
        page.toAcknowledge++;
        if (document.hidden) acknowledge(); // no picture will be drawn
        if (page.lesson) page.lesson.follow();
        follow();
      }
    },
    gone() {
      $("message").textContent = "The lab's server has gone. Start it again with: connectors lab. Then reload this page.";
      document.body.classList.add("gone");
    },
    world: (which) => page.worlds[which],
  };

  function gotHello(hello) {
    page.hello = hello;
    page.worlds = [0, 1].map(() => new Lab.World(hello.curves));
    page.networks = [0, 1].map((which) => new Lab.Network($("canvas-" + which), page.worlds[which], {
      choose: (slot) => choose(slot, which),
      hover: (slot, x, y) => tip(slot, which, x, y),
    }));
    const worlds = () => page.worlds.slice(0, page.state ? page.state.worlds.length : 1);
    page.charts = Lab.CHARTS.map((about) => new Lab.Chart($("charts"), about, worlds, (tick) => {
      for (const chart of page.charts) { chart.at = tick; chart.draw(); }
    }));
    page.controls = new Lab.Controls(hello, (name, value) => send({ do: "set", name, value }));
    Lab.listLessons(hello.lessons || [], (lesson) => {
      $("lessons").open = false;
      page.lesson = new Lab.Lesson(lesson, { send, worlds, colour, choose }, () => {
        page.lesson = null;
        $("lessons").querySelector("summary").focus();
      });
    });
    page.card = new Lab.PersonCard((to) => send({ do: "switch", slot: page.chosen.slot, to, world: page.chosen.world }),
      () => send({ do: "order", slot: page.chosen.slot, world: page.chosen.world }));
    if (!document.body.classList.contains("replaying")) send({ do: "start", ...fromLink() });
  }

  function gotState(state) {
    const before = page.state;
    page.state = state;
    page.playing = state.playing;
    const first = state.worlds[0], two = state.worlds.length > 1;
    if (before && before.worlds.length !== state.worlds.length) page.networks.forEach((network) => network.forget());
    $("network-b").hidden = !two;
    document.body.classList.toggle("two", two);
    page.controls.set(first.settings);
    if (!before && state.last !== undefined) recorded(state);
    captions();
    $("compare").textContent = two ? "End comparison" : "Compare";
    $("play").textContent = state.playing ? "Pause" : page.worlds[0].tick ? "Go on" : "Start";
    $("play").disabled = $("step").disabled = state.worlds.some((world) => world.ended);
    if (document.activeElement !== $("speed")) setSpeed(state.speed);
    if (document.activeElement !== $("seed")) $("seed").value = first.seed;
    if (state.last !== undefined) $("at").max = state.last;
    say(state.worlds.map((world) => world.ended).find((text) => text) || "");
    if (page.source && page.source.live) history.replaceState(null, "", "#" + toLink(first));
    tickShown();
    if (before && before.playing && !state.playing) follow(); // what is told of a person is then of the last tick
  }

  function gotPerson(person) {
    if (person.slot === page.chosen.slot && person.world === page.chosen.world) page.card.show(person, page.source.live);
  }

  function gotFile(file) {
    const content = Uint8Array.from(atob(file.content), (letter) => letter.charCodeAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: file.type }));
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say(file.name + " saved to your downloads.");
  }

  function say(text) { $("message").textContent = text; }

  // --- link and seed ---

  function fromLink() {
    const settings = {}, given = new URLSearchParams(location.hash.slice(1));
    let seed;
    for (const [name, text] of given) {
      if (name === "seed") { if (/^\d{1,16}$/.test(text)) seed = Number(text); continue; }
      const word = name === "world" || ["open_world", "workplace"].some((world) =>
        (page.hello.model_params[world][name] || {}).type === "Select");
      settings[name] = word || !Number.isFinite(Number(text)) ? text : Number(text);
    }
    return seed === undefined ? { settings } : { settings, seed };
  }

  function toLink(world) {
    const first = page.controls.defaults(world.settings.world), parts = new URLSearchParams({ seed: world.seed });
    if (world.settings.world !== "open_world") parts.set("world", world.settings.world);
    for (const [name, value] of Object.entries(world.settings)) {
      if (name !== "world" && value !== first[name]) parts.set(name, value);
    }
    return parts.toString();
  }

  // --- pictures ---

  function acknowledge() {
    for (; page.toAcknowledge > 0; page.toAcknowledge--) page.source.acknowledge();
  }

  function picture(now) {
    requestAnimationFrame(picture);
    if (!page.state || !page.worlds[0].begun) return; // nothing is known of the world before its first frame
    page.networks.slice(0, page.state.worlds.length).forEach((network) => network.draw(now));
    if (page.chartsDirty && now >= page.chartsDue) {
      page.chartsDirty = false;
      page.chartsDue = now + 120;
      page.charts.forEach((chart) => chart.draw());
    }
    tickShown();
    acknowledge();
    if (now >= page.statusDue) {
      page.statusDue = now + 2000; // a screen reader must be able to follow
      status();
    }
  }

  function tickShown() {
    const world = page.worlds[0];
    if (!world.begun) return;
    $("tick").textContent = "Tick " + world.tick;
    if (document.activeElement !== $("at") || page.playing) $("at").value = world.tick;
    const known = page.worlds.slice(0, page.state.worlds.length).filter((each) => each.begun);
    const all = known.map((each) => each.shown < each.total
      ? `${each.shown.toLocaleString("en")} of ${each.total.toLocaleString("en")} ties drawn`
      : `${each.total.toLocaleString("en")} ties, all drawn`);
    $("drawn").textContent = all.join(" · ");
    if (!page.playing) $("play").textContent = world.tick ? "Go on" : "Start";
  }

  function status() {
    $("squares").hidden = !page.worlds.slice(0, page.state.worlds.length).some((world) => world.flags.some((flags) => flags & Lab.CONNECTOR));
    const world = page.worlds[0], value = (place, digits) => {
      const found = world.curves[place][world.tick];
      return found >= 0 ? found.toFixed(digits) : "no";
    };
    const text = `Tick ${world.tick}: ${world.present} people, ${world.total} ties; givers have ${value(0, 1)} followers, ` +
      `hoarders ${value(1, 1)}.`;
    if ($("status").textContent !== text) $("status").textContent = text;
    page.networks.forEach((network, which) => network.canvas.setAttribute("aria-label",
      (which ? "Second network" : "Network") + ": arrow keys walk through people. " + text));
  }

  function captions() {
    const { worlds, compared } = page.state;
    worlds.forEach((world, which) => {
      $("caption-" + which).textContent = worlds.length < 2 ? "" : "AB"[which] + ": " + inWords(compared, world.settings[compared]);
    });
  }

  // What a recording is of: beside the title, since its settings cannot be changed.
  function recorded({ worlds, last }) {
    const { settings, seed } = worlds[0], first = page.controls.defaults(settings.world);
    const different = Object.keys(first).filter((name) => settings[name] !== first[name]).map((name) => inWords(name, settings[name]));
    $("subtitle").textContent = [page.hello.worlds[settings.world] + ", recorded", last + " ticks", "seed " + seed,
      ...different].join(" · ");
  }

  function inWords(name, value) {
    if (name === "world") return page.hello.worlds[value];
    const about = page.hello.model_params.open_world[name] || page.hello.model_params.workplace[name];
    const words = about.type === "Select" ? about.words[about.values.indexOf(value)] : String(value);
    return about.label + ": " + words;
  }

  function colour(name) {
    $("colour").value = name;
    legend();
  }

  function legend() {
    const kind = $("colour").value, key = $("key"), words = { generosity: "keeps all … gives all", group: "by group",
      level: "top … bottom level", identity: "majority, minority" };
    key.className = kind;
    $("key-words").textContent = words[kind];
    page.networks.forEach((network) => { network.colour = kind; network.dirty = true; });
  }

  // --- people ---

  function choose(slot, which) {
    page.chosen = { slot, world: which };
    page.networks.forEach((network, k) => network.choose(k === which ? slot : -1));
    if (slot < 0 || !page.worlds[which].isThere(slot)) { page.card.clear(); return; }
    $("person-number").value = slot;
    send({ do: "person", slot, world: which });
  }

  // The person chosen is told about again while the world goes on, a few times a second.
  let followDue = 0;
  function follow() {
    const { slot, world } = page.chosen, now = performance.now();
    if (slot < 0 || page.playing && now < followDue) return;
    followDue = now + 400;
    if (!page.worlds[world].isThere(slot)) choose(-1, world);
    else if (page.source) send({ do: "person", slot, world });
  }

  function tip(slot, which, x, y) {
    const box = $("tip"), world = page.worlds[which];
    box.hidden = !world.isThere(slot);
    if (box.hidden) return;
    const gives = Math.round(world.generosity[slot] / 2.55), hand = world.flags[slot] & Lab.BY_HAND ? ", switched by you" : "";
    box.textContent = `Person ${slot}: gives ${gives} %${hand}, ${world.followers[slot]} followers`;
    const around = $("pictures").getBoundingClientRect();
    box.style.left = Math.min(x - around.left + 14, around.width - box.offsetWidth - 4) + "px";
    box.style.top = Math.max(0, y - around.top - 34) + "px";
  }

  // --- what is pressed ---

  function setSpeed(speed) {
    $("speed").value = speed;
    $("speed-value").textContent = speed;
  }

  const act = {
    play: () => send({ do: "play", on: !page.playing, speed: Number($("speed").value) }),
    step: () => send({ do: "step" }),
    reset: () => send({ do: "reset" }),
  };

  function startWithSeed() {
    const text = $("seed").value.trim();
    if (!/^\d{1,16}$/.test(text)) return say("Seed: a whole number, 0 or more.");
    return send({ do: "start", settings: page.state.worlds[0].settings, seed: Number(text) });
  }

  function openCompare() {
    if (page.state.worlds.length > 1) return send({ do: "compare" });
    const settings = page.state.worlds[0].settings, params = page.hello.model_params[settings.world];
    const names = $("compare-name"), holder = $("compare-value");
    let value;
    names.replaceChildren();
    for (const [name, about] of [["world", { label: "World" }], ...Object.entries(params).filter(([, a]) => a.part)]) {
      const option = Lab.make("option", "", about.label);
      option.value = name;
      names.append(option);
    }
    const chosen = () => {
      const name = names.value;
      const about = name !== "world" ? params[name] : { type: "Select", label: "World", sentence: "Where it all happens.",
        values: Object.keys(page.hello.worlds), words: Object.values(page.hello.worlds) };
      value = other(about, settings[name]);
      holder.replaceChildren(Lab.makeControl(name, { ...about, label: "In the second world" }, value,
        (next) => { value = next; }, "compare-"));
    };
    names.value = "bring";
    names.onchange = chosen;
    chosen();
    $("compare-dialog").onclose = () => {
      if ($("compare-dialog").returnValue === "go") send({ do: "compare", name: names.value, value });
    };
    $("compare-dialog").returnValue = "";
    return $("compare-dialog").showModal();
  }

  // A value to begin comparing with: the end of the range that lies farther away, or another word.
  function other(about, value) {
    if (about.type === "Select") return about.values.find((word) => word !== value);
    return value - about.min > about.max - value || value > about.min && about.min === 0 ? about.min : about.max;
  }

  function repaint() {
    page.networks.forEach((network) => { network.dirty = true; });
    page.charts.forEach((chart) => chart.draw());
  }

  // A menu closes when something else is pressed, or with Escape.
  function closeMenus(event) {
    for (const menu of document.querySelectorAll(".menu[open]")) {
      if (event.key === "Escape" || event.type === "pointerdown" && !menu.contains(event.target)) menu.open = false;
    }
  }

  function key(event) {
    closeMenus(event);
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const busy = event.target.closest("button, input, select, summary, a");
    if (event.key === "Escape") choose(-1, page.chosen.world);
    else if (busy) return;
    else if (event.key === " ") { event.preventDefault(); act.play(); }
    else if (event.key === "s" || event.key === "S") act.step();
    else if (event.key === "r" || event.key === "R") act.reset();
  }

  function wire() {
    for (const name of Object.keys(act)) $(name).addEventListener("click", act[name]);
    $("speed").addEventListener("input", () => {
      setSpeed(Number($("speed").value));
      send({ do: "play", on: page.playing, speed: Number($("speed").value) });
    });
    $("seed").addEventListener("change", startWithSeed);
    $("at").addEventListener("input", () => send({ do: "seek", tick: Number($("at").value) }));
    $("colour").addEventListener("change", legend);
    $("compare").addEventListener("click", openCompare);
    Lab.themes($("theme"), repaint);
    $("help").addEventListener("click", () => $("help-dialog").showModal());
    $("person-top").addEventListener("click", () => choose(page.worlds[page.chosen.world].byFollowers()[0], page.chosen.world));
    $("person-number").addEventListener("change", () => {
      const text = $("person-number").value.trim(), slot = Number(text);
      if (text && page.worlds[page.chosen.world].isThere(slot)) choose(slot, page.chosen.world);
      else say("Number: nobody is number " + text + ".");
    });
    for (const button of document.querySelectorAll("[data-take]")) {
      button.addEventListener("click", () => {
        $("take").open = false;
        send({ do: "take", what: button.dataset.take, world: page.chosen.world < page.state.worlds.length ? page.chosen.world : 0 });
      });
    }
    $("link").addEventListener("click", async () => {
      $("take").open = false;
      try {
        await navigator.clipboard.writeText(location.href);
        say("Link copied: it opens this world with this seed.");
      } catch { say("The address bar holds the link to this world with this seed."); }
    });
    document.addEventListener("keydown", key);
    document.addEventListener("pointerdown", closeMenus);
    document.addEventListener("visibilitychange", () => { if (document.hidden) acknowledge(); });
  }

  async function begin() {
    wire();
    const lesson = document.getElementById("recording");
    if (lesson) {
      document.body.classList.add("replaying");
      page.source = await Lab.Recording.open({ ...told, message: (m) => told.message(m) }, JSON.parse(lesson.textContent));
    } else {
      page.source = new Lab.Server(told);
    }
    requestAnimationFrame(picture);
  }

  begin().then(() => {
    const wait = setInterval(() => { if (page.hello) { legend(); clearInterval(wait); } }, 30);
  });
})(window.Lab);
