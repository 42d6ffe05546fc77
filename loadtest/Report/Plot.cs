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
    private const double Width = 720, Height = 300, Left = 74, Right = 16, Top = 46, Bottom = 44;
    private const double PlotWidth = Width - Left - Right, PlotHeight = Height - Top - Bottom, Base = Top + PlotHeight;

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
    public string ToSvg(bool withStyle)
    {
        var svg = new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" ");
        Append(svg, $"viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Escape(Title)}\">");
        if (withStyle)
            svg.Append("<style>").Append(Style).Append("</style>");
        Append(svg, $"<rect class=\"b\" width=\"{Width}\" height=\"{Height}\" rx=\"8\"/>");
        Append(svg, $"<text class=\"t\" x=\"14\" y=\"22\">{Escape(Title)}</text>");
        var points = Lines.SelectMany(line => line.Points).ToArray();
        if (points.Length == 0)
            return svg.Append("<text x=\"14\" y=\"60\">not measured</text></svg>").ToString();
        var scale = new Scale(points, LogY);
        Grid(svg, scale);
        Legend(svg);
        foreach (var line in Lines.Where(line => line.Points.Count > 0))
            Draw(svg, scale, line);
        return svg.Append("</svg>").ToString();
    }

    private void Grid(StringBuilder svg, Scale scale)
    {
        foreach (var value in scale.YTicks())
        {
            Append(svg, $"<path class=\"r\" d=\"M{Left} {scale.Y(value):0.#}H{Width - Right}\"/>");
            Append(svg, $"<text x=\"{Left - 8}\" y=\"{scale.Y(value) + 4:0.#}\" text-anchor=\"end\">{Escape(YText(value))}</text>");
        }
        foreach (var (x, text) in XTicks ?? scale.XTicks())
            Append(svg, $"<text x=\"{scale.X(x):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{Escape(text)}</text>");
        Append(svg, $"<text x=\"{Width - Right}\" y=\"{Height - 8}\" text-anchor=\"end\">{Escape(XName)}</text>");
        Append(svg, $"<text x=\"14\" y=\"{Top - 8}\">{Escape(YName)}</text>");
    }

    private void Legend(StringBuilder svg)
    {
        var x = Width - Right;
        foreach (var line in Lines.Reverse())
        {
            Append(svg, $"<text x=\"{x}\" y=\"22\" text-anchor=\"end\">{Escape(line.Name)}</text>");
            x -= 16 + (line.Name.Length * 6.8);
            Append(svg, $"<circle class=\"d{line.Colour}\" cx=\"{x + 6:0.#}\" cy=\"18\" r=\"4\"/>");
            x -= 10;
        }
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

    private static void Append(StringBuilder svg, FormattableString markup) => svg.Append(FormattableString.Invariant(markup));

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private sealed class Scale
    {
        private readonly bool _log;
        private readonly double _minX, _maxX, _minY, _maxY;

        public Scale(IReadOnlyList<(double X, double Y)> points, bool log)
        {
            _log = log;
            (_minX, _maxX) = (0, Math.Max(points.Max(point => point.X), 1e-3));
            var most = Math.Max(points.Max(point => point.Y), 1e-9);
            var least = points.Where(point => point.Y > 0).Select(point => point.Y).DefaultIfEmpty(most).Min();
            (_minY, _maxY) = log
                ? (Math.Pow(10, Math.Floor(Math.Log10(least))), Math.Pow(10, Math.Ceiling(Math.Log10(most * 1.0001))))
                : (0, Round(most * 1.05));
        }

        public double X(double x) => Left + ((x - _minX) / (_maxX - _minX) * PlotWidth);

        public double Y(double y)
        {
            var fraction = _log ? Math.Log10(Math.Max(y, _minY) / _minY) / Math.Log10(_maxY / _minY) : y / _maxY;
            return Top + (PlotHeight * (1 - fraction));
        }

        public IEnumerable<double> YTicks()
        {
            if (!_log)
                return Enumerable.Range(0, 5).Select(step => _maxY * step / 4);
            return Enumerable.Range(0, 1 + (int)Math.Round(Math.Log10(_maxY / _minY))).Select(step => _minY * Math.Pow(10, step));
        }

        public IReadOnlyList<(double X, string Text)> XTicks()
        {
            var format = _maxX - _minX < 10 ? "0.#" : "0";
            var values = Enumerable.Range(0, 6).Select(step => _minX + ((_maxX - _minX) * step / 5));
            return [.. values.Select(x => (x, x.ToString(format, CultureInfo.InvariantCulture)))];
        }

        // Rounds up to 1, 2, 4 or 8 times a power of ten, because quarters of these are plain numbers.
        private static double Round(double value)
        {
            var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
            return new[] { 1, 2, 4, 8, 10 }.Select(step => step * power).First(step => step >= value);
        }
    }
}
