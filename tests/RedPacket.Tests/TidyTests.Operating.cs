using System.Text.RegularExpressions;
using RedPacket.Demo;
using RedPacket.Hosting;
using RedPacket.Subscribers.Following;

namespace RedPacket.Tests;

/// <summary>Operators find every log id, metric and setting in src/OPERATING.md, with what to do.</summary>
public sealed partial class TidyTests
{
    private static readonly string s_operating = File.ReadAllText(SourceTree.At("src/OPERATING.md"));

    [GeneratedRegex(@"""(?<name>redpacket\.[a-z]+\.[a-z_.]+)""")]
    private static partial Regex MetricName();

    [Fact]
    public void LogIds_AreInOperating() =>
        AssertNone(from file in Sources
                   from log in LogId().Matches(file.Text)
                   let id = log.Groups["id"].Value
                   where !Regex.IsMatch(s_operating, $@"\b{id}\b")
                   select $"{file.RelativePath}: log {id} is not in src/OPERATING.md");

    [Fact]
    public void Settings_AreInOperating() =>
        AssertNone(from setting in SettingNames.Of(
                       typeof(Setting).Assembly, typeof(DemoSettings).Assembly, typeof(SubscribersOptions).Assembly)
                   where !s_operating.Contains($"| `{setting.Name}", StringComparison.Ordinal)
                   select $"{setting.Name} is not in src/OPERATING.md");

    [Fact]
    public void Metrics_AreInOperating()
    {
        var names = (from file in Sources
                     from metric in MetricName().Matches(file.Text)
                     select (file.RelativePath, Name: metric.Groups["name"].Value)).ToArray();

        Assert.NotEmpty(names);
        AssertNone(from metric in names
                   where !s_operating.Contains(metric.Name, StringComparison.Ordinal)
                   select $"{metric.RelativePath}: {metric.Name} is not in src/OPERATING.md");
    }
}
