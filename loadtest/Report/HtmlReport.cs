namespace RedPacket.LoadTest.Report;

internal static class HtmlReport
{
    public static string Of(ResultDocument document) => document.ToJson();
}
internal static class Plots
{
    public static IEnumerable<(string Name, string Svg)> Of(ResultDocument document) => [("x", document.ToJson())];
}
