#!/usr/bin/env node
// Starts the command. In the syntax of old Node versions, so that these can say what is wrong.
import module from "module";
import { existsSync } from "fs";
import v8 from "v8";

var parts = process.versions.node.split(".").map(Number);
if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 19)) {
  process.stderr.write(
    "tsbuild needs Node.js 22.19 or newer, and this is " +
      process.versions.node +
      " (" +
      process.execPath +
      ").\n" +
      "Install a current Node.js from https://nodejs.org, or in CI use an image such as node:24-slim.\n",
  );
  process.exit(2);
}

// A young generation that may grow to 100 MB saves 3 % of the time of a large build and costs a third of its memory.
v8.setFlagsFromString("--semi-space-growth-factor=1");

if (module.enableCompileCache) module.enableCompileCache();

// In a checkout the source is the program; an installed package runs what was compiled, since Node strips no
// types below node_modules. With --conditions=tsbuild:dist a checkout does too, to measure what users get.
var source = new URL("../src/main.ts", import.meta.url);
var compiled = new URL("../dist/main.js", import.meta.url);
var asked = process.execArgv.indexOf("--conditions=tsbuild:dist") !== -1;
var installed = asked || import.meta.url.indexOf("/node_modules/") !== -1 || !existsSync(source);
import(String(installed && existsSync(compiled) ? compiled : source)).catch(function (error) {
  process.stderr.write("Cannot start tsbuild: " + (error && error.stack ? error.stack : error) + "\n");
  process.exit(1);
});
