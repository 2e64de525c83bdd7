import{Db as e}from"./chunk.js";e(document.getElementById("app"));
