using System.Reflection;
using RedPacket.Drills.Faults;
using RedPacket.Hosting;

namespace RedPacket.Tests.Drills;

/// <summary>
/// The named points of the real path: each is raised somewhere, each has its drill, and the demo knows them all.
/// </summary>
[Needs("servers")]
public sealed class CrashPointTests
{
    private static readonly FieldInfo[] s_constants =
        [.. typeof(CrashPoint).GetFields().Where(field => field.IsLiteral && field.Name != nameof(CrashPoint.Source))];

    [Fact]
    public void EveryPoint_IsListedOnceAndDrilled()
    {
        string[] names = [.. s_constants.Select(field => (string)field.GetRawConstantValue()!)];

        Assert.Equal(names.Order(), CrashPoint.All.Order());
        Assert.Equal(CrashPoint.All, CrashPointDrill.Points);
    }

    [Fact]
    public void EveryPoint_IsRaisedInOnePlace()
    {
        var code = string.Join('\n', SourceTree.Files("src/RedPacket", "*.cs").Select(file => file.Code));

        Assert.All(s_constants, field => Assert.Equal(2, code.Split($"CrashPoint.Pass(CrashPoint.{field.Name});").Length));
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("committed:0")]
    [InlineData("committed:x")]
    public async Task UnknownPoint_IsRefusedWithTheNames(string setting)
    {
        using var folder = new Folder("crash-at");

        var (code, output) = await ServerProcess.Run(
            "dotnet", [ServiceProcess.Dll("RedPacket.Demo"), $"--Demo:CrashAt={setting}"],
            folder.Root);

        Assert.Equal(2, code);
        Assert.Contains(string.Join(", ", CrashPoint.All), output, StringComparison.Ordinal);
    }
}
