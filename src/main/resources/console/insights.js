import{Y as i}from"./chunk.js";function a(){return i("main",{id:"main",class:"page"})}export{a as InsightsPage};
