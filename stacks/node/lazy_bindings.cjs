// Loaded into jsii's Node before anything else (see stacks/cdktf_runtime.py).
//
// The AWS bindings' index.js requires 1,300 modules, two seconds of work for the dozen that a stack uses. This turns each
// `exports.x = require("./x");` of that one file into a getter, so a module loads when it is first asked for. A file
// that does not look like this is compiled as it stands: slower, never different.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");

const INDEX = /[\\/]@cdktf[\\/]provider-aws[\\/]lib[\\/]index\.js$/;
const EXPORT = /^exports\.(\w+) = (require\("[^"]+"\));$/gm;
const GETTER = 'Object.defineProperty(exports, "$1", { enumerable: true, configurable: true, get: () => $2 });';

const compile = Module._extensions[".js"];

Module._extensions[".js"] = (module, filename) => {
  if (!INDEX.test(filename)) return compile(module, filename);
  return module._compile(fs.readFileSync(filename, "utf8").replace(EXPORT, GETTER), filename);
};
