using RedPacket.LoadTest.Runs;

namespace RedPacket.Tests.LoadTool;

/// <summary>A demo that several runs share.</summary>
public sealed class DemoUnderLoad : IAsyncLifetime
{
    private readonly Folder _folder = new("loadtool-demo");
    private readonly ServiceProcess _demo;

    public DemoUnderLoad() => _demo = ServiceProcess.Demo(_folder);

    internal ServiceProcess Process => _demo;

    internal string Ledger => $"Data Source={_folder.File("data/ledger.db")}";

    /// <summary>The options of a small run against this demo.</summary>
    internal string[] Small(params string[] more) => LoadTool.Small(["--url", _demo.Address.AbsoluteUri, .. more]);

    public async ValueTask InitializeAsync() => await _demo.Start();

    public ValueTask DisposeAsync()
    {
        _demo.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Exit codes and documents of the built program.</summary>
[Needs("servers")]
public sealed class LoadRunTests(DemoUnderLoad demo) : IClassFixture<DemoUnderLoad>
{
    [Fact]
    public async Task SmallRun_ComparesEveryShareWithTheLedger()
    {
        string[] thresholds = ["--threshold", "failed==0", "--threshold", "verdict==CONSISTENT", "--threshold", "won>0"];
        using var tool = await LoadTool.Run(ExitCode.Passed, demo.Small(["--ledger", demo.Ledger, .. thresholds]));
        var document = tool.Document;
        Assert.Equal("ledger", document.Money!.Against);
        Assert.True(document.Money is { IsBalanced: true, Won: > 0 }, tool.Output);
        Assert.Equal((document.Money.Won, document.Money.Won), (document.Money.Kept, document.Money.Recorded));
        Assert.Equal(document.Money.Won, document.Outcomes.Won);
        Assert.Equal(("ledger", document.Money.Won), (document.Lag!.Source, document.Lag.Count));
        Assert.Equal(document.Money.Won, document.Flow[^1].Settled);
        Assert.Equal(["prepare", "send", "grab", "drain", "verdict"], document.Stages.Select(stage => stage.Name));
        Assert.Contains("✓ won>0", tool.Output, StringComparison.Ordinal);
        Assert.Contains("PASSED", tool.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', tool.Output);
    }

    [Fact]
    public async Task WarmupAndMeasurement_HaveTheirOwnSharesAtTheAskedRate()
    {
        string[] options = ["--rate", "50", "--warmup", "1s", "--packets", "1", "--ledger", demo.Ledger];
        using var tool = await LoadTool.Run(ExitCode.Passed, demo.Small(options));
        var (money, outcomes, workload) = (tool.Document.Money!, tool.Document.Outcomes, tool.Document.Workload);
        Assert.InRange(money.WarmupWon, 1, 50);
        Assert.InRange(outcomes.Won, 1, 50);
        Assert.Equal((money.Won, 1), (money.WarmupWon + outcomes.Won, workload.WarmupPackets));
        Assert.Equal((outcomes.Won, outcomes.Won), (tool.Document.Lag!.Count, tool.Document.Flow[^1].Settled));
        Assert.Contains($"warm-up {money.WarmupWon} + measured {outcomes.Won} = {money.Won} shares", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stages_AskForTheirSumOfGrabs()
    {
        using var tool = LoadTool.Start(
            "run", "--url", demo.Process.Address.AbsoluteUri, "--warmup", "0s", "--stages", "0:0,1s:200,1500ms:200,1500ms:0,2s:0");
        await tool.Ends(ExitCode.Passed);
        Assert.Equal(200, tool.Document.Outcomes.Answers + tool.Document.Outcomes.Dropped);
        Assert.Contains("open with stages 0:0,1s:200", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoLedger_ComparesThePagesOfThePackets()
    {
        // A page has at most 100 winners. How many of 250 shares are taken in the time depends on the machine.
        string[] options =
        [
            "--packets", "1", "--shares", "250", "--workload", "hot", "--duration", "3s", "--noop", "--pid", $"demo={demo.Process.Id}",
        ];
        using var tool = await LoadTool.Run(ExitCode.Passed, demo.Small([.. options, "--quiet"]));
        var document = tool.Document;
        Assert.Equal(("packets", document.Outcomes.Won), (document.Money!.Against, document.Money.Kept));
        Assert.InRange(document.Money.Won, 101, 250);
        Assert.True(document.Outcomes.Emptied == 0 || document.Money.Won == 250, tool.Output);
        Assert.DoesNotContain("done in", tool.Output, StringComparison.Ordinal);
        Assert.True(document.Noop is { AnswersPerSecond: > 0, Ratio: > 0, CpuPerCallUs: > 0 }, tool.Output);
        Assert.True(document.Processes.Single(process => process.Name == "demo").PerGrabUs > 0, tool.Output);
    }

    [Fact]
    public async Task FailedThreshold_EndsWith99()
    {
        string[] options = ["--threshold", "p50<1us", "--workload", "storm", "--users", "100", "--wave-every", "500ms"];
        using var tool = await LoadTool.Run(ExitCode.Threshold, demo.Small(options));
        Assert.True(tool.Document.IsBalanced, tool.Output);
        Assert.Equal(200, tool.Document.Outcomes.Answers + tool.Document.Outcomes.Dropped);
        Assert.Contains("✗ p50<1us", tool.Output, StringComparison.Ordinal);
        Assert.Contains("FAILED p50<1us (", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StalledService_CountsTheWaitOfDueGrabs()
    {
        using var tool = LoadTool.Start(demo.Small("--rate", "200", "--duration", "4s", "--connections", "4"));
        await tool.Prints("grab    ");
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
    public async Task SameSeed_MakesTheSameGrabs()
    {
        string[] options = ["--seed", "7", "--rate", "100", "--connections", "100"];
        using var a = await LoadTool.Run(ExitCode.Passed, demo.Small(options));
        using var b = await LoadTool.Run(ExitCode.Passed, demo.Small(options));
        Assert.Equal(100, a.Document.Outcomes.Answers);
        Assert.Equal(a.Document.Outcomes.Won, b.Document.Outcomes.Won);
    }

    [Theory]
    [InlineData("no metric 'p98'", "--threshold", "p98<1s")]
    [InlineData("--duration must be a time with its unit", "--duration", "20")]
    [InlineData("'--fast'", "--fast")]
    [InlineData("not an http address", "--url", "https://localhost")]
    [InlineData("for the demo that a run without --url starts", "--url", "http://localhost:1", "--servers")]
    public async Task WrongOption_EndsWith104AndSaysWhatIsAllowed(string error, params string[] arguments)
    {
        using var tool = await LoadTool.Run(ExitCode.BadOption, ["run", .. arguments]);
        Assert.Contains(error, tool.Output, StringComparison.Ordinal);
        Assert.Contains("run --help", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeadAddress_EndsWithTheReason_AndIsWaitedForOnRequest()
    {
        string[] dead = ["run", "--url", $"http://127.0.0.1:{Ports.Free()}"];
        using var tool = await LoadTool.Run(ExitCode.Internal, dead);
        Assert.Contains("Connection refused", tool.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("waiting: ", tool.Output, StringComparison.Ordinal);
        using var patient = await LoadTool.Run(ExitCode.Internal, [.. dead, "--wait", "3s"]);
        Assert.Equal(2, patient.Output.Split("waiting: ").Length);
        Assert.Matches("waiting: .*Connection refused", patient.Output);
        using var second = await LoadTool.Run(ExitCode.Internal, demo.Small(dead[1..]));
        Assert.Contains(dead[2], second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MissingLedger_EndsWith1AndSaysWhatToDo()
    {
        using var tool = await LoadTool.Run(ExitCode.Internal, demo.Small("--ledger", "Data Source=/nowhere/ledger.db"));
        Assert.Contains("Check --ledger", tool.Output, StringComparison.Ordinal);
    }
}
