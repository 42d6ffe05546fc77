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

/// <summary><c>bench</c> measures the service's classes one by one in this process.</summary>
internal static class BenchCommand
{
    /// <summary>The benchmarks, in the order in which a grab passes the classes.</summary>
    public static readonly Type[] All =
    [
        typeof(GrabBenchmarks), typeof(ChunkBenchmarks), typeof(MessageBenchmarks), typeof(RecordBenchmarks), typeof(DrainBenchmarks),
        typeof(ReportBenchmarks),
    ];

    private const string Help = """
        Runs micro-benchmarks of the service's classes with BenchmarkDotNet in this process. They measure:

          grabs     a grab's script call, alone and coalesced
          chunks    a chunk from the outbox to the bytes of a message
          messages  a message's round trip in memory
          records   recording in the ledger
          drain     a backlog of a million entries, beside a bare loop
          report    the consistency report

        The command starts its own redis-server and PostgreSQL. Without PostgreSQL it measures recording on SQLite only.

        Examples:
          bench                     all benchmarks, 3 iterations each
          bench Record              benchmarks with Record in their name, for example RecordBenchmarks.Record
          bench Grab --iterations 20
        """;

    public static Command Create()
    {
        var filter = new Argument<string?>("filter") { Description = "part of the benchmarks' names", Arity = ArgumentArity.ZeroOrOne };
        var iterations = Arguments.Number("--iterations", "measured iterations of each benchmark (3)", 1, 30);
        var output = new Option<DirectoryInfo?>("--output") { Description = "folder for the log and tables", HelpName = "folder" };
        var command = new Command("bench", Help) { filter, iterations, output };
        command.SetAction(parsed =>
        {
            var word = parsed.GetValue(filter) ?? "";
            if (!Names.Any(name => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
            {
                var names = string.Join(", ", Names);
                return RunCommand.BadOption($"No benchmark's name contains '{word}'. The benchmarks are {names}.", "bench");
            }
            return Run(word, parsed.GetValue(iterations) ?? 3, parsed.GetValue(output)?.FullName);
        });
        return command;
    }

    private static IEnumerable<string> Names => from type in All
                                                from method in type.GetMethods()
                                                where method.IsDefined(typeof(BenchmarkDotNet.Attributes.BenchmarkAttribute), false)
                                                select $"{type.Name}.{method.Name}";

    private static int Run(string word, int iterations, string? output)
    {
        ServerProcess.Apart = true;
        if (!Installed.Has(Installed.Redis))
        {
            Console.Error.WriteLine($"{Installed.Redis} is not installed, and the benchmarks of grabs and chunks need it. Install it.");
            return ExitCode.Internal;
        }
        using var folder = new Folder("bench");
        var config = ConfigOf(word, iterations, output ?? folder.Root);
        var types = Names.Where(name => name.Contains(word, StringComparison.OrdinalIgnoreCase)).Select(name => name.Split('.')[0]);
        var summaries = All.IntersectBy(types, type => type.Name).Select(type => BenchmarkRunner.Run(type, config)).ToArray();
        return summaries.All(IsWhole) ? ExitCode.Passed : ExitCode.Internal;
    }

    private static bool IsWhole(Summary summary) =>
        !summary.HasCriticalValidationErrors && summary.Reports.Length > 0 && summary.Reports.All(report => report.Success);

    // Grabs and recordings use up their data, so each iteration runs one batch.
    private static ManualConfig ConfigOf(string word, int iterations, string artifacts)
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithId("in process")
            .WithLaunchCount(1).WithWarmupCount(2).WithIterationCount(iterations).WithInvocationCount(1).WithUnrollFactor(1);
        var filter = new SimpleFilter(benchmark =>
        {
            var name = $"{benchmark.Descriptor.Type.Name}.{benchmark.Descriptor.WorkloadMethod.Name}";
            return name.Contains(word, StringComparison.OrdinalIgnoreCase);
        });
        return ManualConfig.CreateEmpty().AddJob(job).AddLogger(ConsoleLogger.Default).AddExporter(MarkdownExporter.GitHub)
            .AddColumnProvider(DefaultColumnProviders.Instance).AddColumn(StatisticColumn.OperationsPerSecond)
            .AddDiagnoser(MemoryDiagnoser.Default).AddFilter(filter)
            .WithOptions(ConfigOptions.DisableOptimizationsValidator | ConfigOptions.JoinSummary).WithArtifactsPath(artifacts);
    }
}
