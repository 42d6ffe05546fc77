using Xunit.v3;

namespace RedPacket.Tests;

/// <summary>
/// Marks a test class by what it needs beyond the SDK: <c>servers</c> (it starts servers or programs), <c>browser</c>,
/// or, because it takes long, <c>drill</c> or <c>simulation</c>. The trait is called <c>needs</c>. <c>tests/run.sh
/// --quick</c> runs the classes without it. A test that needs <c>time</c> is run by <c>tests/run.sh --long</c> only.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class NeedsAttribute(string what) : Attribute, ITraitAttribute
{
    public string What => what;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("needs", what)];
}
