using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Runs;

/// <summary>The progress of a run.</summary>
/// <param name="Part">How much of the stage is done, from 0 to 1; null when unknown.</param>
/// <param name="Text">The stage's numbers in words.</param>
internal sealed record Progress(string Stage, double? Part, string Text, CurrentRates Rates, LivePoint? Live);

/// <summary>Displays the progress of a run.</summary>
internal abstract class RunView
{
    /// <summary>All stages in order.</summary>
    public static readonly string[] Stages = ["prepare", "send", "grab", "drain", "verdict"];

    /// <summary>Runs the work and displays its progress.</summary>
    public abstract Task Run(Func<Task> work);

    /// <summary>Displays progress. The run calls it several times per second.</summary>
    public abstract void Show(Progress progress);

    /// <summary>Displays the end of a stage.</summary>
    public abstract void Done(string stage, double seconds, string text);
}
