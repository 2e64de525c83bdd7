var n=null;export{n as nothing};
