using System.Globalization;
using System.Net;
using System.Text;

namespace RedPacket.LoadTest.Report;

/// <summary>One line of a plot.</summary>
/// <param name="Colour">The number of a page colour, 1 to 4.</param>
/// <param name="Fills">Fills the area below the line.</param>
internal sealed record Line(string Name, int Colour, IReadOnlyList<(double X, double Y)> Points, bool Fills = false);

/// <summary>A plot as SVG without scripts, fonts or requests. It works as a file and inside a page.</summary>
/// <param name="LogY">Makes the vertical axis logarithmic.</param>
/// <param name="XTicks">Marks of the horizontal axis; null for even ones.</param>
internal sealed record Plot(
    string Title, string XName, string YName, IReadOnlyList<Line> Lines, Func<double, string> YText, bool LogY = false,
    IReadOnlyList<(double X, string Text)>? XTicks = null)
{
    /// <summary>Widths for a screen and for a phone. Text has the same size in both.</summary>
    public const int Wide = 720, Narrow = 340;

    private const double Height = 300, Left = 74, Right = 24, Top = 60, Bottom = 44;
    private const double PlotHeight = Height - Top - Bottom, Base = Top + PlotHeight, LegendY = 42;

    /// <summary>The style of all plots, for light and dark.</summary>
    public const string Style = """
        .plot{--ink:#1c1917;--dim:#78716c;--rule:#e7e5e4;--back:#fff;font:12px system-ui,sans-serif}
        .plot{--c1:#dc2626;--c2:#2563eb;--c3:#059669;--c4:#d97706}
        @media (prefers-color-scheme:dark){
        .plot{--ink:#f5f5f4;--dim:#a8a29e;--rule:#3f3b38;--back:#1c1917}
        .plot{--c1:#f87171;--c2:#60a5fa;--c3:#34d399;--c4:#fbbf24}}
        .plot .b{fill:var(--back)}.plot text{fill:var(--dim)}.plot .t{fill:var(--ink);font-size:14px;font-weight:600}
        .plot .r{stroke:var(--rule);fill:none}
        .plot path{fill:none;stroke-width:1.8;stroke-linejoin:round}.plot .f{stroke:none;opacity:.18}
        .plot .c1{stroke:var(--c1)}.plot .c2{stroke:var(--c2)}.plot .c3{stroke:var(--c3)}.plot .c4{stroke:var(--c4)}
        .plot .d1{fill:var(--c1)}.plot .d2{fill:var(--c2)}.plot .d3{fill:var(--c3)}.plot .d4{fill:var(--c4)}
        """;

    /// <summary>Draws the plot. A separate file needs the style.</summary>
    public string ToSvg(bool withStyle, int width = Wide)
    {
        var svg = new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\" ");
        Append(svg, $"class=\"{(width == Narrow ? "plot narrow" : "plot")}\" ");
        Append(svg, $"viewBox=\"0 0 {width} {Height}\" role=\"img\" aria-label=\"{Escape(Title)}\">");
        if (withStyle)
            svg.Append("<style>").Append(Style).Append("</style>");
        Append(svg, $"<rect class=\"b\" width=\"{width}\" height=\"{Height}\" rx=\"8\"/>");
        Append(svg, $"<text class=\"t\" x=\"14\" y=\"22\">{Escape(Title)}</text>");
        var points = Lines.SelectMany(line => line.Points).ToArray();
        if (points.Length == 0)
            return svg.Append("<text x=\"14\" y=\"60\">not measured</text></svg>").ToString();
        var scale = new Scale(points, LogY, width);
        Grid(svg, scale, width);
        Legend(svg, width);
        foreach (var line in Lines.Where(line => line.Points.Count > 0))
            Draw(svg, scale, line);
        return svg.Append("</svg>").ToString();
    }

    private void Grid(StringBuilder svg, Scale scale, int width)
    {
        foreach (var value in scale.YTicks())
        {
            Append(svg, $"<path class=\"r\" d=\"M{Left} {scale.Y(value):0.#}H{width - Right}\"/>");
            Append(svg, $"<text x=\"{Left - 8}\" y=\"{scale.Y(value) + 4:0.#}\" text-anchor=\"end\">{Escape(YText(value))}</text>");
        }
        foreach (var (x, text) in XTicks ?? scale.XTicks())
            Append(svg, $"<text x=\"{scale.X(x):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{Escape(text)}</text>");
        Append(svg, $"<text x=\"{width - Right}\" y=\"{Height - 8}\" text-anchor=\"end\">{Escape(XName)}</text>");
        Append(svg, $"<text x=\"14\" y=\"{LegendY}\">{Escape(YName)}</text>");
    }

    // One text, so that the browser knows how wide the names are.
    private void Legend(StringBuilder svg, int width)
    {
        var names = Lines.Select(line => FormattableString.Invariant($"<tspan class=\"d{line.Colour}\">●</tspan> {Escape(line.Name)}"));
        Append(svg, $"<text x=\"{width - Right}\" y=\"{LegendY}\" text-anchor=\"end\">{string.Join("\u00a0 ", names)}</text>");
    }

    private static void Draw(StringBuilder svg, Scale scale, Line line)
    {
        var points = line.Points.Select(point => FormattableString.Invariant($"{scale.X(point.X):0.#} {scale.Y(point.Y):0.#}"));
        var path = string.Join('L', points);
        var (x, y) = (scale.X(line.Points[0].X), scale.Y(line.Points[0].Y));
        if (line.Fills)
            Append(svg, $"<path class=\"f\" style=\"fill:var(--c{line.Colour})\" d=\"M{x:0.#} {Base}L{path}V{Base}Z\"/>");
        Append(svg, $"<path class=\"c{line.Colour}\" d=\"M{path}\"/>");
        if (line.Points.Count == 1)
            Append(svg, $"<circle class=\"d{line.Colour}\" cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"3\"/>");
    }

    private static void Append(StringBuilder svg, FormattableString markup) =>
        svg.Append(FormattableString.Invariant(markup));

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private sealed class Scale
    {
        private readonly bool _log;
        private readonly double _width, _maxX, _minY, _maxY, _stepX, _stepY;

        public Scale(IReadOnlyList<(double X, double Y)> points, bool log, int width)
        {
            (_log, _width) = (log, width - Left - Right);
            _maxX = Math.Max(points.Max(point => point.X), 1e-3);
            // A mark of six digits needs about 60.
            _stepX = Step(_maxX, (int)(_width / 60));
            var most = Math.Max(points.Max(point => point.Y), 1e-9);
            var least = points.Where(point => point.Y > 0).Select(point => point.Y).DefaultIfEmpty(most).Min();
            _stepY = Step(most, 5);
            (_minY, _maxY) = log
                ? (Math.Pow(10, Math.Floor(Math.Log10(least))), Math.Pow(10, Math.Ceiling(Math.Log10(most * 1.0001))))
                : (0, Math.Ceiling(most / _stepY) * _stepY);
        }

        public double X(double x) => Left + (x / _maxX * _width);

        public double Y(double y)
        {
            var fraction = _log ? Math.Log10(Math.Max(y, _minY) / _minY) / Math.Log10(_maxY / _minY) : y / _maxY;
            return Top + (PlotHeight * (1 - fraction));
        }

        public IEnumerable<double> YTicks()
        {
            if (!_log)
                return Marks(_stepY, _maxY);
            return Enumerable.Range(0, 1 + (int)Math.Round(Math.Log10(_maxY / _minY))).Select(step => _minY * Math.Pow(10, step));
        }

        public IEnumerable<(double X, string Text)> XTicks() =>
            Marks(_stepX, _maxX).Select(x => (x, x.ToString("#,0.###", CultureInfo.InvariantCulture)));

        /// <summary>The multiples of a step up to a value.</summary>
        private static IEnumerable<double> Marks(double step, double most) =>
            Enumerable.Range(0, 1 + (int)Math.Floor((most / step) + 1e-9)).Select(n => Math.Round(n * step, 9));

        /// <summary>A step of 1, 2, 2.5 or 5 times a power of ten, so that every mark is its exact value.</summary>
        private static double Step(double most, int marks)
        {
            var power = Math.Pow(10, Math.Floor(Math.Log10(most / marks)));
            return new[] { 1, 2, 2.5, 5, 10 }.Select(step => step * power).First(step => step * marks >= most * (1 - 1e-9));
        }
    }
}
