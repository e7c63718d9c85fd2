"""Rendered manifests as objects, and what the checks ask of them."""

import subprocess
import tomllib

import yaml


def parsed(text):
    """The objects of a stream; by libyaml, which is ten times as fast."""
    return [it for it in yaml.load_all(text, Loader=yaml.CSafeLoader) if it]


class Rendered(list):
    """All objects of one overlay."""

    def of(self, *kinds):
        return [it for it in self if it["kind"] in kinds]

    def one(self, kind, name):
        found = [it for it in self.of(kind) if it["metadata"]["name"] == name]
        return found[0] if len(found) == 1 else None

    def workloads(self):
        return self.of("Deployment", "StatefulSet")

    def workload(self, component):
        """The workload of a component: `node` or `briefing`."""
        return next((it for it in self.workloads() if it["metadata"]["name"] == component), None)

    def configuration(self, component):
        """What the pods of a component read as their configuration; empty where it is not TOML (see stage.py, which tells)."""
        workload = self.workload(component)
        name = f"{component}.toml"
        for volume in workload["spec"]["template"]["spec"]["volumes"] if workload else []:
            content = self.one("ConfigMap", volume.get("configMap", {}).get("name", ""))
            if content and name in content.get("data", {}):
                try:
                    return tomllib.loads(content["data"][name])
                except tomllib.TOMLDecodeError:
                    return {}
        return {}


def render(kubectl, folder):
    """What an overlay comes to."""
    done = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ValueError(f"kubectl kustomize {folder.name}: {done.stderr.strip()}")
    return Rendered(parsed(done.stdout))


def shown(thing):
    return f"{thing.get('kind')} {thing.get('metadata', {}).get('name')}"


def matches(selector, labels):
    """Whether a selector chooses these labels. Selectors by expressions are not used here."""
    return all(labels.get(key) == value for key, value in (selector or {}).get("matchLabels", {}).items())
