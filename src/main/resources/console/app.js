import{Fb as e}from"./chunk.js";e(document.getElementById("app"));
