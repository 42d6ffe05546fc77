using System.CommandLine;
using System.Diagnostics;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Runs;

namespace RedPacket.Tests.LoadTool;

/// <summary>When requests are due, and what a warm-up and the sends before it may ask of the service.</summary>
public sealed class ArrivalTests
{
    private static readonly long s_second = Stopwatch.Frequency;

    [Fact]
    public void Stages_AreStraightLinesBetweenTheirPoints()
    {
        var shape = Options("--stages", "0:0,10s:20,20s:20,20s:5,1m:5").Stages!;
        var schedule = Schedule.Of(shape);
        // The rate grows by 2 a second, so t * t requests are due in t seconds.
        Assert.Equal([0, 1 * s_second, 5 * s_second, 10 * s_second, 15 * s_second, 20 * s_second, 21 * s_second],
            new long[] { 0, 1, 25, 100, 200, 300, 305 }.Select(schedule.Due));
        Assert.Equal([0, 25, 100, 300, 500], new[] { 0, 5, 10, 20, 60 }.Select(second => schedule.DueBefore(second * s_second)));
        Assert.Equal([0, 10, 20, 20, 5, 5], new[] { 0.0, 5, 10, 20, 20.1, 90 }.Select(shape.Rate));
        Assert.Equal(TimeSpan.FromMinutes(1), shape.Length);
    }

    [Theory]
    [InlineData("0:3,1m:3")]
    [InlineData("0:333,7s:7,7s:0,9s:0,9s:1000,20s:0.3")]
    [InlineData("0:0,100ms:7777,200ms:0")]
    public void EveryRequest_IsDueOnceAndCountedOnce(string stages)
    {
        var shape = Options("--stages", stages).Stages!;
        var schedule = Schedule.Of(shape);
        var total = (long)shape.Total(shape.Length.TotalSeconds);
        for (var n = 0L; n < total; n++)
        {
            Assert.True(schedule.Due(n) <= schedule.Due(n + 1), $"{n}");
            Assert.True(schedule.DueBefore(schedule.Due(n)) <= n, $"{n}");
            Assert.True(schedule.DueBefore(schedule.Due(n) + 1) > n, $"{n}");
        }
    }

    [Fact]
    public void SumOfStages_IsNotOneMoreByRounding()
    {
        var shape = Options("--spike", "50-400", "--duration", "6s").Stages!;
        Assert.Equal(720, Schedule.Of(shape).DueBefore(6 * s_second));
    }

    [Fact]
    public void RateThatEndsAt0_LeavesTheRestNeverDue()
    {
        var schedule = Schedule.Of(Options("--stages", "0:10,1s:10,1s:0,2s:0").Stages!);
        Assert.Equal(10, schedule.DueBefore(1000 * s_second));
        Assert.True(schedule.Due(10) > 1_000_000_000 * (s_second / 1000));
    }

    [Theory]
    [InlineData("--ramp", "0:100,8s:1500")]
    [InlineData("--spike", "0:100,3.2s:100,3.2s:1500,4.8s:1500,4.8s:100,8s:100")]
    public void ShortForm_IsStages(string option, string stages)
    {
        var options = Options(option, "100-1500", "--duration", "8s");
        Assert.Equal(stages, options.Stages!.Text);
        Assert.Equal(TimeSpan.FromSeconds(8), options.Duration);
        Assert.Equal(("open", stages), (Plan.Of(options).Model, Plan.Of(options).Stages));
    }

    [Theory]
    [InlineData("Stages are <time>:<rate> points", "--stages", "10s:5")]
    [InlineData("Stages are <time>:<rate> points", "--stages", "0:5")]
    [InlineData("It was '0:1,20:5'", "--stages", "0:1,20:5")]
    [InlineData("no time is before", "--stages", "0:1,20s:5,10s:5")]
    [InlineData("0 to 1000000", "--stages", "0:1,20s:1000001")]
    [InlineData("It was '0:1,20s:-5'", "--stages", "0:1,20s:-5")]
    [InlineData("make no call", "--stages", "0:0,20s:0")]
    [InlineData("Leave --duration out", "--stages", "0:1,20s:5", "--duration", "5s")]
    [InlineData("--ramp must be two rates", "--ramp", "100")]
    [InlineData("--spike must be two rates", "--spike", "100-fast")]
    [InlineData("--rate, --ramp exclude each other", "--rate", "5", "--ramp", "1-2")]
    [InlineData("--max searches the rate", "--max", "--spike", "1-2")]
    [InlineData("Use --wave-every instead of --ramp", "--ramp", "1-2", "--workload", "storm")]
    [InlineData("Leave --ramp out", "--ramp", "1-2", "--noop")]
    public void WrongShape_IsRefusedWithAReason(string reason, params string[] arguments) =>
        Assert.Contains(reason, Read(arguments).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData(50, "--rate", "50")]
    [InlineData(100, "--stages", "0:100,10s:1500")]
    [InlineData(500, "--workload", "soak")]
    [InlineData(40, "--workload", "hot", "--rate", "40")]
    [InlineData(70, "--max", "--max-start", "70")]
    public void Warmup_AsksForTheFirstRateOfThePlan(int perSecond, params string[] arguments) =>
        Assert.Equal(perSecond, Plan.Of(Options(arguments)).WarmingUp.DueBefore(s_second));

    [Fact]
    public void WarmupWithoutARate_FollowsThePlan()
    {
        Assert.True(Plan.Of(Options()).WarmingUp.IsClosed);
        Assert.Equal(60, Plan.Of(Options("--workload", "storm", "--users", "30", "--wave-every", "1s")).WarmingUp.DueBefore(2 * s_second));
        Assert.Equal(TimeSpan.Zero, Plan.Of(Options("--ramp", "0-100")).Warmup);
    }

    [Theory]
    [InlineData("--seed", "7")]
    [InlineData("--rate", "50", "--duration", "4s", "--packets", "20")]
    [InlineData("--workload", "hot")]
    [InlineData("--workload", "skewed")]
    [InlineData("--workload", "storm", "--users", "40", "--wave-every", "500ms")]
    [InlineData("--workload", "soak")]
    public void Warmup_GrabsOtherPacketsThanTheMeasurement(params string[] arguments)
    {
        var options = Options(arguments);
        var plan = Plan.Of(options);
        var (warmup, measured) = (plan.WarmupPattern(options), plan.Pattern(options));
        for (var n = 0; n < 1000; n++)
        {
            Assert.InRange(warmup.Next().Packet, plan.Packets, plan.Packets + plan.WarmupPackets - 1);
            Assert.InRange(measured.Next().Packet, 0, plan.Packets - 1);
        }
    }

    [Fact]
    public void KnownRate_SendsNoMorePacketsThanItNeedsAndNoFaster()
    {
        var slow = Plan.Of(Options("--rate", "50", "--duration", "4s"));
        Assert.Equal((3, 2), (slow.Packets, slow.WarmupPackets));
        Assert.Equal(50, slow.Send.DueBefore(s_second));
        Assert.Equal(1500, Plan.Of(Options("--stages", "0:100,10s:1500")).Send.DueBefore(s_second));
        var closed = Plan.Of(Options());
        Assert.Equal((20_000, 300), (closed.Packets, closed.WarmupPackets));
        Assert.True(closed.Send.IsClosed);
    }

    private static RunOptions Options(params string[] arguments)
    {
        var (options, error) = Read(arguments);
        Assert.Null(error);
        return options!;
    }

    private static (RunOptions? Options, string? Error) Read(string[] arguments)
    {
        var (command, read) = (new Command("run"), new RunArguments());
        foreach (var option in read.All)
            command.Options.Add(option);
        return read.Read(command.Parse(arguments), "run");
    }
}
