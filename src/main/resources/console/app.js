import{Sb as e}from"./chunk.js";e(document.getElementById("app"));
