using System.CommandLine;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using RedPacket.LoadTest.Runs;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary><c>bench</c>: the parts of the way one by one, in this process.</summary>
internal static class BenchCommand
{
    /// <summary>The benchmarks, in the order of the way of a grab.</summary>
    public static readonly Type[] All = [typeof(GrabBenchmarks), typeof(ChunkBenchmarks), typeof(MessageBenchmarks), typeof(RecordBenchmarks), typeof(DrainBenchmarks), typeof(ReportBenchmarks)];

    private const string Help = """
        Micro-benchmarks of the service's own classes (BenchmarkDotNet, in this process): a grab's script call alone and coalesced, a chunk from the
        outbox to the bytes of a message, a message's round trip in memory, recording, a backlog of a million beside a bare loop, and the report. It starts redis-server and PostgreSQL for itself; without
        PostgreSQL recording is measured on SQLite only.

        Examples:
          bench                     all of them, 3 iterations each
          bench Record              those whose name holds the word: GrabBenchmarks.OneByOne, RecordBenchmarks.Record, …
          bench Grab --iterations 20
        """;

    public static Command Create()
    {
        var filter = new Argument<string?>("filter") { Description = "a part of the names, in any case", Arity = ArgumentArity.ZeroOrOne };
        var iterations = Arguments.Number("--iterations", "measured iterations of each (3)", 1, 30);
        var keep = new Option<DirectoryInfo?>("--output") { Description = "keep BenchmarkDotNet's log and tables in this folder", HelpName = "folder" };
        var command = new Command("bench", Help) { filter, iterations, keep };
        command.SetAction(parsed =>
        {
            var word = parsed.GetValue(filter) ?? "";
            if (!Names.Any(name => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
                return RunCommand.BadOption($"No benchmark's name holds '{word}'. There are: {string.Join(", ", Names)}.", "bench");
            return Run(word, parsed.GetValue(iterations) ?? 3, parsed.GetValue(keep)?.FullName);
        });
        return command;
    }

    private static IEnumerable<string> Names => from type in All
                                                from method in type.GetMethods()
                                                where method.IsDefined(typeof(BenchmarkDotNet.Attributes.BenchmarkAttribute), false)
                                                select $"{type.Name}.{method.Name}";

    private static int Run(string word, int iterations, string? keep)
    {
        ServerProcess.Apart = true;
        if (!Installed.Has(Installed.Redis))
        {
            Console.Error.WriteLine($"{Installed.Redis} is not installed: grabs and chunks are measured on it.");
            return ExitCode.Internal;
        }
        using var folder = new Folder("bench");
        var config = ConfigOf(word, iterations, keep ?? folder.Root);
        var summaries = All.Where(type => Names.Any(name => name.StartsWith(type.Name + ".", StringComparison.Ordinal) && name.Contains(word, StringComparison.OrdinalIgnoreCase)))
            .Select(type => BenchmarkRunner.Run(type, config)).ToArray();
        return summaries.All(IsWhole) ? ExitCode.Passed : ExitCode.Internal;
    }

    private static bool IsWhole(Summary summary) => !summary.HasCriticalValidationErrors && summary.Reports.Length > 0 && summary.Reports.All(report => report.Success);

    // A batch per iteration: what is grabbed or recorded once is used up, so nobody may call a benchmark as often as he likes.
    private static ManualConfig ConfigOf(string word, int iterations, string artifacts)
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithId("in process")
            .WithLaunchCount(1).WithWarmupCount(2).WithIterationCount(iterations).WithInvocationCount(1).WithUnrollFactor(1);
        return ManualConfig.CreateEmpty().AddJob(job).AddLogger(ConsoleLogger.Default).AddExporter(MarkdownExporter.GitHub).AddColumnProvider(DefaultColumnProviders.Instance)
            .AddColumn(StatisticColumn.OperationsPerSecond).AddDiagnoser(MemoryDiagnoser.Default)
            .AddFilter(new SimpleFilter(each => $"{each.Descriptor.Type.Name}.{each.Descriptor.WorkloadMethod.Name}".Contains(word, StringComparison.OrdinalIgnoreCase)))
            .WithOptions(ConfigOptions.DisableOptimizationsValidator | ConfigOptions.JoinSummary).WithArtifactsPath(artifacts);
    }
}
