import{Lb as e}from"./chunk.js";e(document.getElementById("app"));
