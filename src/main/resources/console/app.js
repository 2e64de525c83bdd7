import{Rb as e}from"./chunk.js";e(document.getElementById("app"));
