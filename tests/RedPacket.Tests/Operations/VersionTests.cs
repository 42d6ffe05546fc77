using System.Text.RegularExpressions;

namespace RedPacket.Tests.Operations;

/// <summary>Program, changelog and image name one version. <c>Directory.Build.props</c> sets it.</summary>
public sealed class VersionTests
{
    private static readonly string s_version = typeof(Banner).Assembly.GetName().Version!.ToString(3);

    [Theory]
    [InlineData("Directory.Build.props", "<Version>(.+)</Version>")]
    [InlineData("CHANGELOG.md", @"^## \[(.+?)\]")]
    [InlineData("docker-compose.yml", @"^ +image: redpacket:(\S+)$")]
    [InlineData("docker-compose.yml", @"^ +image: redpacket-subscribers:(\S+)$")]
    public void File_NamesTheVersionOfTheProgram(string file, string pattern)
    {
        var found = Regex.Match(File.ReadAllText(SourceTree.At(file)), pattern, RegexOptions.Multiline);
        Assert.Equal(s_version, found.Groups[1].Value);
    }
}
