// ---- The page -----------------------------------------------------------------------------------

if (parameters.length > 0) {
  parallelCoordinates(byId("parallel"));
  effects(byId("effects"));
}
if (parameters.length > 1) heatMap(byId("heat"), byId("heat-controls"));
bestSettings(byId("best"));
outcomes(byId("outcomes"));
curveFigure(byId("curves"), byId("curve-controls"), byId("curve-legend"));
if (data.networks.length > 0) adder(byId("adder"));
document.documentElement.dataset.drawn = "yes";
