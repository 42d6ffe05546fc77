namespace RedPacket.LoadTest.Engine;

/// <summary>What the generator puts up with.</summary>
/// <param name="AnswerWithin">A request without an answer by then has failed.</param>
/// <param name="DropAfter">A request that found no free connection for so long is not sent any more (open model).</param>
internal sealed record GeneratorLimits(TimeSpan AnswerWithin, TimeSpan DropAfter);
