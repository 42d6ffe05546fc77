using RedPacket.LoadTest.Runs;

namespace RedPacket.Tests.LoadTool;

/// <summary>The demo, for several runs.</summary>
public sealed class DemoUnderLoad : IAsyncLifetime
{
    private readonly Folder _folder = new("loadtool-demo");
    private readonly ServiceProcess _demo;

    public DemoUnderLoad() => _demo = ServiceProcess.Demo(_folder);

    internal ServiceProcess Process => _demo;

    internal string Ledger => $"Data Source={_folder.File("data/ledger.db")}";

    /// <summary>The options that lead to it.</summary>
    internal string[] Here(params string[] more) => LoadTool.Small(["--url", _demo.Address.AbsoluteUri, .. more]);

    public async ValueTask InitializeAsync() => await _demo.Start();

    public ValueTask DisposeAsync()
    {
        _demo.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>The built program by its exit codes and its document.</summary>
[Needs("servers")]
public sealed class LoadRunTests(DemoUnderLoad demo) : IClassFixture<DemoUnderLoad>
{
    [Fact]
    public async Task SmallRun_EveryShareIsComparedWithTheLedger()
    {
        using var tool = await LoadTool.Run(ExitCode.Passed, demo.Here("--ledger", demo.Ledger, "--threshold", "failed==0", "--threshold", "verdict==CONSISTENT", "--threshold", "won>0"));
        var document = tool.Document;
        Assert.Equal("ledger", document.Money!.Against);
        Assert.True(document.Money is { IsBalanced: true, Won: > 0 } money && money.Kept == money.Won && money.Booked == money.Won, tool.Output);
        Assert.Equal(document.Money.Won, document.Outcomes.Won);
        Assert.Equal(("ledger", document.Money.Won), (document.Lag!.Source, document.Lag.Count));
        Assert.Equal(document.Money.Won, document.Flow[^1].Settled);
        Assert.Equal(["prepare", "send", "grab", "drain", "verdict"], document.Stages.Select(stage => stage.Name));
        Assert.Contains("PASSED", tool.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', tool.Output);
    }

    [Fact]
    public async Task WithoutTheLedger_ThePagesOfThePacketsAreCompared()
    {
        // More winners of a packet than a page holds.
        using var tool = await LoadTool.Run(ExitCode.Passed, demo.Here("--packets", "1", "--shares", "250", "--workload", "hot", "--noop", "--pid", $"demo={demo.Process.Id}"));
        var document = tool.Document;
        Assert.Equal(("packets", 250L, 250L), (document.Money!.Against, document.Money.Won, document.Money.Kept));
        Assert.True(document.Outcomes.Emptied > 0, tool.Output);
        Assert.True(document.Noop is { AnswersPerSecond: > 0, Ratio: > 0, CpuPerCallUs: > 0 }, tool.Output);
        Assert.True(document.Processes.Single(process => process.Name == "demo").PerGrabUs > 0, tool.Output);
    }

    [Fact]
    public async Task ThresholdCrossed_EndsWith99()
    {
        using var tool = await LoadTool.Run(ExitCode.Threshold, demo.Here("--threshold", "p50<1us", "--workload", "storm", "--users", "100", "--wave-every", "500ms"));
        Assert.True(tool.Document.IsBalanced, tool.Output);
        Assert.Equal(200, tool.Document.Outcomes.Answers + tool.Document.Outcomes.Dropped);
        Assert.Contains("✗ p50<1us", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServiceStalls_ThoseWhoWereDueInTheMeantimeAreCountedWithTheirWait()
    {
        using var tool = LoadTool.Start(demo.Here("--rate", "200", "--duration", "4s", "--connections", "4"));
        await tool.Says("grab    ");
        demo.Process.Pause();
        try
        {
            await Eventually.Pause(TimeSpan.FromSeconds(1.5));
        }
        finally
        {
            demo.Process.Resume();
        }
        await tool.Ends(ExitCode.Passed);
        var document = tool.Document;
        Assert.True(document.Outcomes.Late > 50, $"{document.Outcomes.Late} late\n{tool.Output}");
        Assert.True(document.Latency.P75Ms > 100 && document.Latency.MaxMs > 1000, tool.Output);
        Assert.True(document.Service.P75Ms < document.Latency.P75Ms, tool.Output);
    }

    [Fact]
    public async Task SameSeed_DrawsTheSame()
    {
        using var a = await LoadTool.Run(ExitCode.Passed, demo.Here("--seed", "7", "--rate", "100", "--connections", "100"));
        using var b = await LoadTool.Run(ExitCode.Passed, demo.Here("--seed", "7", "--rate", "100", "--connections", "100"));
        Assert.Equal(100, a.Document.Outcomes.Answers);
        Assert.Equal(a.Document.Outcomes.Won, b.Document.Outcomes.Won);
    }

    [Theory]
    [InlineData("no metric 'p98'", "--threshold", "p98<1s")]
    [InlineData("--duration is a time with its unit", "--duration", "20")]
    [InlineData("'--fast'", "--fast")]
    [InlineData("no http address", "--url", "https://localhost")]
    [InlineData("for the demo that is started without it", "--url", "http://localhost:1", "--servers")]
    public async Task BadOption_EndsWith104AndSaysWhatItTakes(string said, params string[] arguments)
    {
        using var tool = await LoadTool.Run(ExitCode.BadOption, ["run", .. arguments]);
        Assert.Contains(said, tool.Output, StringComparison.Ordinal);
        Assert.Contains("run --help", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LedgerThatIsNotThere_EndsWith1AndSaysWhatToDo()
    {
        using var tool = await LoadTool.Run(ExitCode.Internal, demo.Here("--ledger", "Data Source=/nowhere/ledger.db"));
        Assert.Contains("Check --ledger", tool.Output, StringComparison.Ordinal);
    }
}
