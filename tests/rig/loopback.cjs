// Loaded before a server (`node --require`) that would listen on every interface: it listens on loopback only.
"use strict";
const net = require("node:net");

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  const [first, ...rest] = args;
  if (first !== null && typeof first === "object") {
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
  }
  const callback = rest.find((argument) => typeof argument === "function");
  return listen.call(this, { port: Number(first), host: "127.0.0.1" }, callback);
};
