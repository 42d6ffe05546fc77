using System.CommandLine;

namespace RedPacket.Drills;

internal static class Program
{
    private static Task<int> Main(string[] args) =>
        new RootCommand("Drills: faults staged on the real programs, and the proof that nothing was lost.").Parse(args).InvokeAsync();
}
