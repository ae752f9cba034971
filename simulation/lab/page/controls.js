"use strict";
// How is a control shown? A label, its value with its unit, one sentence; the same maker serves the list and comparing.
window.Lab = window.Lab || {};

(function (Lab) {
  const make = (tag, classes, text) => {
    const element = document.createElement(tag);
    if (classes) element.className = classes;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  Lab.make = make;

  const SHORT = { probability: "", "probability per tick": "per tick", "items per tick": "per tick",
    "item-readings per tick": "readings per tick", "item-readings": "readings", "agents per share": "per share",
    "value per load": "", "probability per value": "", "newcomers per tick": "per tick" };

  // name: of the setting; about: its entry of model_params; changed(value, dragging) is called with every new value.
  Lab.makeControl = function (name, about, value, changed, prefix) {
    const box = make("div", "control"), id = (prefix || "set-") + name;
    box.dataset.name = name;
    const head = make("div", "control-head"), label = make("label", "", about.label);
    label.htmlFor = id;
    const sentence = make("p", "sentence", about.sentence);
    sentence.id = id + "-sentence";
    let input, show = () => {};
    if (about.type === "Select") {
      input = make("select");
      about.values.forEach((word, k) => {
        const option = make("option", "", about.words[k]);
        option.value = word;
        input.append(option);
      });
      head.append(label);
      input.addEventListener("change", () => changed(input.value, false));
    } else {
      input = make("input");
      Object.assign(input, { type: "range", min: about.min, max: about.max, step: about.step });
      const output = make("output"), unit = SHORT[about.unit] === undefined ? about.unit : SHORT[about.unit];
      output.htmlFor = id;
      const digits = (String(about.step).split(".")[1] || "").length;
      show = () => { output.textContent = Number(input.value).toFixed(digits) + (unit ? " " + unit : ""); };
      head.append(label, output);
      input.addEventListener("input", () => { show(); changed(Number(input.value), true); });
      input.addEventListener("change", () => { show(); changed(Number(input.value), false); });
    }
    input.id = id;
    input.setAttribute("aria-describedby", sentence.id);
    box.append(head, input, sentence);
    box.set = (next) => {
      input.value = String(next);
      show();
    };
    box.set(value);
    return box;
  };

  // The whole list for one world; act(name, value) sends a value.
  Lab.Controls = class {
    constructor(hello, act) {
      this.hello = hello;
      this.act = act;
      this.boxes = {};
      this.world = null;
      this.waiting = {};
    }

    show(world) {
      const worlds = document.getElementById("worlds"), list = document.getElementById("sliders");
      this.world = world;
      this.boxes = {};
      const names = Object.keys(this.hello.worlds);
      const kinds = make("div", "segments");
      kinds.setAttribute("role", "group");
      kinds.setAttribute("aria-label", "World");
      for (const name of names) {
        const button = make("button", "", this.hello.worlds[name]);
        button.type = "button";
        button.dataset.world = name;
        button.setAttribute("aria-pressed", String(name === world));
        button.addEventListener("click", () => this.act("world", name));
        kinds.append(button);
      }
      worlds.replaceChildren(kinds);
      list.replaceChildren();
      const params = this.hello.model_params[world];
      const parts = new Map();
      for (const [name, about] of Object.entries(params)) {
        if (!about.part) continue;
        if (!parts.has(about.part)) parts.set(about.part, [[], []]);
        parts.get(about.part)[about.folded ? 1 : 0].push([name, about]);
      }
      for (const [part, [open, folded]] of parts) {
        const section = make("section", "part");
        section.append(make("h3", "", part));
        for (const [name, about] of open) section.append(this.box(name, about));
        if (folded.length) {
          const more = make("details"), summary = make("summary", "", "More on " + part.toLowerCase());
          more.append(summary);
          for (const [name, about] of folded) more.append(this.box(name, about));
          section.append(more);
        }
        list.append(section);
      }
    }

    box(name, about) {
      const box = Lab.makeControl(name, about, about.value, (value, dragging) => this.changed(name, about, value, dragging));
      const mark = make("span", "acts " + (about.at_once ? "at-once" : "anew"), about.at_once ? "at once" : "begins anew");
      box.querySelector(".sentence").append(" ", mark);
      this.boxes[name] = box;
      return box;
    }

    // What acts at once is sent while it is dragged, at most every 60 ms; what begins anew only when it is let go.
    changed(name, about, value, dragging) {
      if (dragging && !about.at_once) return;
      const waits = this.waiting[name];
      if (waits) {
        waits.value = value;
        return;
      }
      this.act(name, value);
      const wait = { value };
      this.waiting[name] = wait;
      setTimeout(() => {
        delete this.waiting[name];
        if (wait.value !== value) this.act(name, wait.value);
      }, 60);
    }

    set(settings) {
      if (settings.world !== this.world) this.show(settings.world);
      for (const [name, box] of Object.entries(this.boxes)) {
        if (document.activeElement !== box.querySelector("input, select") || !this.waiting[name]) box.set(settings[name]);
      }
    }

    defaults(world) {
      const params = this.hello.model_params[world];
      return Object.fromEntries(Object.entries(params).filter(([, about]) => about.part).map(([n, a]) => [n, a.value]));
    }
  };
})(window.Lab);
