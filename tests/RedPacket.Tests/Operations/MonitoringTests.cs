using System.Text.Json;
using System.Text.RegularExpressions;

namespace RedPacket.Tests.Operations;

/// <summary>The alert rules and the dashboard name metrics that exist.</summary>
public sealed partial class MonitoringTests
{
    [GeneratedRegex("redpacket_[a-z_]+")]
    private static partial Regex MetricInAQuery();

    [GeneratedRegex(@"^\| `(?<name>redpacket\.[a-z_.]+)` \| (?<kind>[^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex RowOfAMetric();

    [GeneratedRegex(@"^\| `(?<alert>[A-Za-z]+)` \|", RegexOptions.Multiline)]
    private static partial Regex RowOfAnAlert();

    [GeneratedRegex(@"alert: (?<alert>[A-Za-z]+)")]
    private static partial Regex Alert();

    private static string Operating => File.ReadAllText(SourceTree.At("src/OPERATING.md"));

    private static string Rules => File.ReadAllText(SourceTree.At("src/Monitoring/alerts.yml"));

    private static string Dashboard => File.ReadAllText(SourceTree.At("src/Monitoring/dashboard.json"));

    [Fact]
    public void RulesAndDashboard_NameDocumentedMetrics()
    {
        var known = DocumentedNames();

        Assert.Contains("redpacket_outbox_oldest_age_seconds", known);
        Assert.Subset(known, NamesIn(Rules + Dashboard));
    }

    /// <summary>The metrics of src/OPERATING.md, as Prometheus names them.</summary>
    internal static HashSet<string> DocumentedNames() => RowOfAMetric().Matches(Operating)
        .SelectMany(row => NamesInPrometheus(row.Groups["name"].Value, row.Groups["kind"].Value)).ToHashSet(StringComparer.Ordinal);

    /// <summary>The metrics of this program that a text names.</summary>
    internal static HashSet<string> NamesIn(string text) =>
        MetricInAQuery().Matches(text).Select(found => found.Value).ToHashSet(StringComparer.Ordinal);

    [Fact]
    public void EachAlert_IsInTheTableOfAlarms() =>
        Assert.Equal(
            Alert().Matches(Rules).Select(found => found.Groups["alert"].Value).Order(),
            RowOfAnAlert().Matches(Operating).Select(found => found.Groups["alert"].Value)
                .Where(name => name.StartsWith("RedPacket", StringComparison.Ordinal)).Order());

    [Fact]
    public void EachPanel_HasAQueryAndATitle()
    {
        using var dashboard = JsonDocument.Parse(Dashboard);
        Assert.All(dashboard.RootElement.GetProperty("panels").EnumerateArray(), panel =>
        {
            Assert.NotEmpty(panel.GetProperty("title").GetString()!);
            Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray());
        });
    }

    // As the exporter names them: dots and units become words, counters end in _total.
    private static IEnumerable<string> NamesInPrometheus(string name, string kind)
    {
        var unit = kind.Contains("seconds", StringComparison.Ordinal) ? "_seconds" : "";
        var whole = name.Replace('.', '_') + unit;
        return kind.StartsWith("counter", StringComparison.Ordinal) ? [$"{whole}_total"]
            : kind.StartsWith("histogram", StringComparison.Ordinal) ? [whole, $"{whole}_bucket", $"{whole}_sum", $"{whole}_count"]
            : [whole];
    }
}
