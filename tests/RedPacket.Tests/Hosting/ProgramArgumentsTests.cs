using System.CommandLine;
using RedPacket.Hosting;
using RedPacket.Http.Identity;
using RedPacket.Reports.Commands;

namespace RedPacket.Tests.Hosting;

/// <summary>A word that no command, option or setting has is refused with the nearest one.</summary>
public sealed class ProgramArgumentsTests
{
    [Theory]
    [InlineData("report --packte xyz", "unknown option --packte; did you mean --packet?")]
    [InlineData("report --ful --wiat=30", "unknown option --ful; did you mean --full?", "unknown option --wiat; did you mean --wait?")]
    [InlineData("report --packet xyz more", "unexpected argument more")]
    [InlineData("token --user alice --rolle operator", "unknown option --rolle; did you mean --role?")]
    [InlineData("foo", "no command foo")]
    [InlineData("reprot --url http://localhost:1", "no command reprot; did you mean report?")]
    [InlineData("--verson", "unknown option --verson; did you mean --version?")]
    [InlineData("--ulrs http://localhost:1", "unknown option --ulrs; did you mean --urls?")]
    [InlineData("--Shards=4", "unknown option --Shards; did you mean --Packets:Shards?")]
    [InlineData("-x=4", "unknown option -x")]
    [InlineData("--Packets:Shards", "--Packets:Shards needs a value: --Packets:Shards=<value>")]
    public void UnknownWord_IsRefused(string line, params string[] expected) => Assert.Equal(expected, Unknown(line));

    [Theory]
    [InlineData("")]
    [InlineData("--help")]
    [InlineData("report --help")]
    [InlineData("report --packet xyz --full")]
    [InlineData("--urls http://localhost:1 --Packets:Shards 4 /Outbox:Lease=false Packets:MaxCount=5")]
    [InlineData("--environment Development --contentRoot=/tmp --OTEL_SERVICE_NAME=grab1 --AllowedHosts=*")]
    [InlineData("--management-urls http://localhost:5081")]
    public void KnownWords_Pass(string line) => Assert.Empty(Unknown(line));

    private static IEnumerable<string> Unknown(string line)
    {
        var args = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var root = new RootCommand { ReportCommand.Create(), TokenCommand.Create() };
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction(_ => 0);
        return ProgramArguments.Unknown(root, root.Parse(args), args);
    }
}
