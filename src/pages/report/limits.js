// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the model cannot tell.
import { h } from "../common/dom.js";
import { t } from "../common/locale.js";

const LIMITS = ["calibrated", "cost", "static", "prices", "platform", "behaviour", "time", "intervals"];

export const limits = {
    id: "limits",
    title: () => t("limits.title"),
    applies: () => true,
    render: () => [
        h("ul", { class: "limits" }, LIMITS.map((one) =>
            h("li", null, h("strong", null, t(`limits.${one}`)), " ", t(`limits.${one}-why`)))),
        h("p", null, t("limits.use")),
    ],
};
