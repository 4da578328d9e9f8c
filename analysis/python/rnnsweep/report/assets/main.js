// ---- The page: which parts it has depends on what was swept ---------------------------------------

if (parameters.length > 0) {
  parallelCoordinates(byId("parallel"));
  bestSettings(byId("best"));
  effects(byId("effects"));
}
if (parameters.length > 1) heatMap(byId("heat"), byId("heat-controls"));
curveFigure(byId("curves"), byId("curve-controls"), byId("curve-legend"));
for (const name of Object.keys(data.further)) furtherFigure(name);
outcomes(byId("outcomes"));
if (data.networks.length > 0) adder(byId("adder"));
if (data.players.length > 0) player(byId("player"));
if (paired && byId("paired")) pairedSettings(byId("paired"));
reachScrollAreas();
keepFilterInLinks();
readAddress();
document.documentElement.dataset.drawn = "yes";
