/** Starts the page: the language first, so that no word is ever shown in two. */
import { mount } from "svelte";

import App from "./App.svelte";
import "./app.css";
import { language } from "$lib/i18n/language.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app");
await language.begin();
mount(App, { target });
