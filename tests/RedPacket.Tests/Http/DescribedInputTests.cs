namespace RedPacket.Tests.Http;

/// <summary>The description says of each input what the call reads, so that generated clients take it so.</summary>
public sealed class DescribedInputTests(DescribedService service) : IClassFixture<DescribedService>
{
    private static readonly Dictionary<string, string> s_types = new()
    {
        ["after"] = "integer",
        ["limit"] = "integer",
        ["ledger"] = "integer",
        ["ordinal"] = "integer",
        ["full"] = "boolean",
        ["resolved"] = "boolean",
        ["unacknowledged"] = "boolean",
    };

    /// <summary>Their pages begin after a packet.</summary>
    private static readonly string[] s_afterAPacket = ["get /api/v1/packets", "get /api/v1/consistency"];

    [Fact]
    public void NumbersAndFlags_AreNotDescribedAsTexts()
    {
        var inputs = (from call in service.Calls
                      where call.Call.TryGetProperty("parameters", out _)
                      from parameter in call.Call.GetProperty("parameters").EnumerateArray()
                      let name = parameter.GetProperty("name").GetString()!
                      let type = parameter.GetProperty("schema").GetProperty("type").GetString()
                      where name != "after" || !s_afterAPacket.Contains(call.Name)
                      select (Call: call.Name, Name: name, Type: type)).ToArray();

        Assert.Subset(inputs.Select(input => input.Name).ToHashSet(), s_types.Keys.ToHashSet());
        Assert.All(
            inputs, input => Assert.Equal(input with { Type = s_types.GetValueOrDefault(input.Name, "string") }, input));
    }
}
