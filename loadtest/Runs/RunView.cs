using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Runs;

/// <summary>Where a run stands: what a viewer may see.</summary>
/// <param name="Part">How much of the stage is done, 0 to 1; null where nobody knows.</param>
/// <param name="Text">The stage's own numbers, in words.</param>
internal sealed record Progress(string Stage, double? Part, string Text, Pulse Pulse, LivePoint? Live);

/// <summary>Shows a run while it goes on.</summary>
internal abstract class RunView
{
    /// <summary>The stages, in their order.</summary>
    public static readonly string[] Stages = ["prepare", "send", "grab", "drain", "verdict"];

    /// <summary>Runs the work and shows what is told in the meantime.</summary>
    public abstract Task Run(Func<Task> work);

    /// <summary>Called several times a second.</summary>
    public abstract void Show(Progress progress);

    /// <summary>A stage is over.</summary>
    public abstract void Done(string stage, double seconds, string text);
}
