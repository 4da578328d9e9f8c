"""A page in headless Chromium. CHROMIUM and CHROMEDRIVER name the programs; ctest sets them."""
import os
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

WIDE, NARROW = (1400, 900), (360, 740)


class Page:
    """One open page. Numbers of pixels are those of CSS."""

    def __init__(self) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu",
                         "--disable-dev-shm-usage", "--force-prefers-reduced-motion"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = Service(os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver"))
        self.driver = webdriver.Chrome(service=service, options=options)

    def close(self) -> None:
        self.driver.quit()

    def open(self, path, size=WIDE, dark=False) -> None:
        width, height = size
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height,
                     deviceScaleFactor=1, mobile=False)
        self.media(dark=dark)
        self.driver.get(Path(path).resolve().as_uri())
        WebDriverWait(self.driver, 60).until(
            lambda _: self.script("return document.documentElement.dataset.drawn === 'yes'")
            or self.driver.get_log("browser"))
        self.settle()

    def media(self, dark=False, kind="") -> None:
        self.command("Emulation.setEmulatedMedia", media=kind, features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def settle(self) -> None:
        """Waits until two frames are drawn: figures follow changes in the next one."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => "
            "requestAnimationFrame(done)));")

    def complaints(self) -> list:
        """What the browser has written to its console since the last call."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def all(self, selector) -> list:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def count(self, selector) -> int:
        return self.script("return document.querySelectorAll(arguments[0]).length", selector)

    def text(self, selector) -> str:
        return self.script("return document.querySelector(arguments[0]).textContent", selector)

    def choose(self, label, text) -> None:
        """Picks an option of the <select> with this label, in the order of the page."""
        path = f"//label[contains(text(), '{label}')]/select"
        Select(self.driver.find_element(By.XPATH, path)).select_by_visible_text(text)
        self.settle()

    def type(self, selector, text) -> None:
        field = self.one(selector)
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(Keys.DELETE, text)
        self.settle()

    def point_at(self, element, x=0.5, y=0.5):
        """Moves the pointer to a place within an element, as shares of its width and height, and
        returns what the tooltip says; None when there is none."""
        self.script("arguments[0].scrollIntoView({block: 'center'})", element)
        self.settle()
        left, top, width, height = self.script(
            "const b = arguments[0].getBoundingClientRect(); "
            "return [b.left, b.top, b.width, b.height]", element)
        self.mouse("mouseMoved", left + x * width, top + y * height)
        self.settle()
        return self.tooltip()

    def drag(self, element, y_from, y_to) -> None:
        """Drags downwards or upwards through the middle of an element."""
        self.point_at(element, 0.5, y_from)
        left, top, width, height = self.script(
            "const b = arguments[0].getBoundingClientRect(); "
            "return [b.left, b.top, b.width, b.height]", element)
        x, start, end = left + width / 2, top + y_from * height, top + y_to * height
        self.mouse("mousePressed", x, start, pressed=True)
        for part in (0.3, 0.6, 1):
            self.mouse("mouseMoved", x, start + part * (end - start), pressed=True)
        self.mouse("mouseReleased", x, end)
        self.settle()

    def mouse(self, kind, x, y, pressed=False) -> None:
        self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, buttons=int(pressed),
                     button="left" if pressed or kind == "mouseReleased" else "none", clickCount=1)

    def tooltip(self):
        return self.script("const box = document.getElementById('tooltip'); "
                           "return box.hidden ? null : box.innerText")
