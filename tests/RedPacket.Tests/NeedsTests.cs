using System.Reflection;

namespace RedPacket.Tests;

/// <summary>A class without a trait is part of the quick loop, so it starts nothing outside this process.</summary>
public sealed class NeedsTests
{
    private static readonly string[] s_words = ["servers", "browser", "drill", "simulation"];

    /// <summary>Fixtures that run in this process.</summary>
    private static readonly Type[] s_inProcess = [typeof(Servers.GarnetStore), typeof(Http.DescribedService)];

    /// <summary>Each of these words in a test's source starts a server or a program.</summary>
    private static readonly string[] s_starts =
    [
        "Installed.Require(", "ServerProcess.", "ServiceProcess.", "new RedisServer", "RedisServer Server", "RedisServer _redis",
        "new RedisStore", "LoadTool.", "WaysTool.",
    ];

    private static readonly Type[] s_tests =
    [
        .. typeof(NeedsTests).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.GetMethods().Any(method => method.IsDefined(typeof(FactAttribute)))),
    ];

    [Fact]
    public void ClassesWithFixtures_SayWhatTheyNeed()
    {
        var silent = s_tests.Where(test => Needs(test) is null)
            .Where(test => test.GetConstructors().Single().GetParameters()
                .Any(fixture => !s_inProcess.Contains(fixture.ParameterType)));

        Assert.Equal("", string.Join('\n', silent));
    }

    [Fact]
    public void ClassesThatStartPrograms_SayWhatTheyNeed()
    {
        var sources = SourceTree.Files("tests/RedPacket.Tests", "*.cs");
        var silent = from test in s_tests
                     where Needs(test) is null && test != typeof(NeedsTests)
                     from source in sources
                     where source.Code.Contains($"class {test.Name}", StringComparison.Ordinal)
                     from start in s_starts
                     where source.Code.Contains(start, StringComparison.Ordinal)
                     select $"{test}: {start}";

        Assert.Equal("", string.Join('\n', silent));
    }

    [Fact]
    public void Needs_AreOneOfFourWords() =>
        Assert.Equal("", string.Join('\n', s_tests.Where(test => Needs(test) is { } need && !s_words.Contains(need))));

    private static string? Needs(Type test) => test.GetCustomAttribute<NeedsAttribute>()?.What;
}
