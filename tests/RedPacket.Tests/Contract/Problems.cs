namespace RedPacket.Tests.Contract;

/// <summary>The properties common to every refusal.</summary>
internal static class Problems
{
    /// <summary>Problem details with a code, a title and the status; no word of how the service is built.</summary>
    public static void Check(ApiAnswer answer)
    {
        Assert.Equal("application/problem+json", answer.MediaType);
        Assert.Equal(answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture), answer["status"]);
        Assert.Matches("^[a-z]+(_[a-z]+)*$", answer.Code);
        Assert.NotEqual("", answer["title"]);
        Assert.DoesNotContain("   at ", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(".cs:line", answer.Text, StringComparison.Ordinal);
    }
}
