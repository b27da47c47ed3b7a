// SPDX-License-Identifier: GPL-3.0-or-later
//
// The way out of the laboratory: the command or the study file that plays the very worlds that are seen, to be copied or saved.
import { h } from "../common/dom.js";
import { save } from "../common/figure.js";
import { t } from "../common/locale.js";
import { commandOf, studyFile } from "./setup.js";

/** What the study file is called. */
export const NAME = "laboratory.yaml";

export function studyPart(base) {
    const command = h("pre", { id: "command", tabindex: 0 }), file = h("pre", { id: "study", tabindex: 0 });
    const how = h("p");
    const copied = h("span", { class: "muted", role: "status" });
    const copy = (of) => async () => {
        try {
            await navigator.clipboard.writeText(of.textContent);
            copied.textContent = t("lab.copied");
        } catch {
            getSelection().selectAllChildren(of); // where the clipboard is not to be had: select, so that Ctrl-C does it
            copied.textContent = t("lab.selected");
        }
    };
    const element = h("section", { class: "way-out", id: "way-out" },
        h("h2", null, t("lab.study")), h("p", null, t("lab.study.same")), how, command,
        h("p", { class: "screen" }, h("button", { type: "button", id: "copy-command", onclick: copy(command) }, t("lab.copy")), " ", copied),
        h("details", null, h("summary", null, t("lab.study.file", { name: NAME })), file,
            h("p", null, h("button", { type: "button", onclick: copy(file) }, t("lab.copy")), " ",
                h("button", { type: "button", onclick: () => save(NAME, "text/yaml;charset=utf-8", file.textContent) }, t("lab.save")))),
        h("p", { class: "method" }, t("lab.study.differs")));
    return {
        element,
        update: ({ worlds }) => {
            const { settings } = worlds;
            const words = commandOf(base, settings, settings.worlds);
            how.textContent = t(words ? "lab.study.command" : "lab.study.by-file", { name: NAME });
            command.textContent = words ?? `klaster run ${NAME}`;
            file.textContent = studyFile(base, settings, settings.worlds);
        },
    };
}
