namespace Load;

internal sealed partial class Scenarios
{
    public Task CrashesAsync() => new Crashes(rig, options, report).RunAsync();
}
