namespace RedPacket.LoadTest.Engine;

/// <summary>The generator's time limits.</summary>
/// <param name="AnswerWithin">A request without an answer within this time has failed.</param>
/// <param name="DropAfter">A request that finds no free connection within this time is dropped (open model).</param>
internal sealed record GeneratorLimits(TimeSpan AnswerWithin, TimeSpan DropAfter);
